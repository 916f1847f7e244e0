"use strict";

/* The player of a descent. Its data:

   steps    the number of the last step
   panels   for each learning rate, in the order of the page:
            {places, slopes, targets, trail, ends, lines, after}, all places being pixels [x, y]:
            places of the steps, the line that shows the slope at each, where each step leads (none where it is the last),
            the line of the whole walk, how many of its points belong to the walk up to each step, the lines of text
            of each step, and what is to be said when others go on */

(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const panels = [...document.querySelectorAll(".panel")].map((section, k) => ({
  ...data.panels[k], find: (name) => section.querySelector(`.${name}`),
}));

function points(places) {
  return places.map((place) => place.join(",")).join(" ");
}

function draw(panel, step) {
  const k = Math.min(step, panel.places.length - 1);
  const [x, y] = panel.places[k];
  const [from, to] = panel.slopes[k];
  const target = panel.targets[k];
  panel.find("trail").setAttribute("points", points(panel.trail.slice(0, panel.ends[k])));
  panel.find("dots").setAttribute("d", panel.places.slice(0, k + 1).map((place) => `M${place.join(" ")}h0`).join(""));
  panel.find("slope").setAttribute("points", points([from, to]));
  panel.find("tip").setAttribute("transform", `translate(${to.join(" ")})`);
  panel.find("move").setAttribute("points", target ? points([[x, y], target]) : "");
  panel.find("now").setAttribute("transform", `translate(${x} ${y})`);
  const lines = k < step && panel.after ? [panel.after] : panel.lines[k];
  panel.find("rule").textContent = lines.join("\n");
}

function label(step) {
  return `step ${step} of ${data.steps}`;
}

function show(step) {
  document.getElementById("frame").textContent = label(step);
  for (const panel of panels) draw(panel, step);
}

transport({ count: data.steps + 1, show, label, speed: data.steps > 50 ? 10 : 2 });
})();
