"use strict";

/* Plays a film of the forward and the backward pass. The data, which viz/film_data.py writes:

   boxes    place [x, y, width, height], role, name, lines (with signs where data and gradient stand), data,
            looks [[status, gradient, strength, received], ...]: the box shows one of them; of an array heat;
            in small graphs why, the gradient as a sum over paths
   arrows   tail, head, line and point (SVG), texts, how many of them are known before the gradient, strength, style
   steps    part, title, the boxes it is about, changes [[box, look from now on], ...], arrows that carry from now on,
            rules [[symbols, local derivative, numbers], ...], remark

   A box takes its looks in their order: going back is taking the look before. So any step can follow any other. */

(() => {

const MOST_CHANGES = 6;
const MOST_MAPS = 4;
const MOST_ROWS = 60;
const ALL_ROWS = 24; // up to so many boxes, operations stand in the table too

const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const svg = byId("graph");
const now = data.boxes.map(() => 0); // the look of each box
let current = -1;

const graph = drawn(svg, data);
data.boxes.forEach((_, k) => graph.look(k, 0));
const view = zoomable(byId("view"), svg, data.bounds);
const rows = table();
fill();

const controls = transport({
  count: data.steps.length,
  show,
  label: (k) => [data.steps[k].title, ...data.steps[k].rules.map((rule) => rule[2] || rule[0])].join(". "),
  marks: [
    { at: 0, text: "forward" },
    { at: data.steps.findIndex((step) => step.part === "seed"), text: "backward" },
  ],
  first: data.start,
  speed: data.steps.length > 100 ? 10 : data.steps.length > 20 ? 2 : 1,
  keys: [["+ - 0", "zoom in, zoom out, show all"], ["Shift + arrows", "move the graph"], ["click a box", "go to where it is computed, or gets its gradient"]],
});

/* --- frames */

function show(k) {
  while (current < k) advance(data.steps[++current]);
  while (current > k) retreat(data.steps[current--]);
  const step = data.steps[k];
  graph.ring(step.boxes);
  if (step.boxes.length) view.reveal(around([...step.boxes, ...step.changes.map(([box]) => box)]), around(step.boxes));
  tell(step);
}

function advance(step) {
  for (const [box, look] of step.changes) change(box, look);
  for (const arrow of step.arrows) graph.carry(arrow, true);
}

function retreat(step) {
  for (const [box, look] of step.changes) change(box, look - 1);
  for (const arrow of step.arrows) graph.carry(arrow, false);
}

function change(box, look) {
  now[box] = look;
  graph.look(box, look);
  rows.get(box)?.draw();
}

/* The rectangle around boxes: left, top, right, bottom. */
function around(boxes) {
  const places = boxes.map((k) => data.boxes[k].place);
  return [
    Math.min(...places.map(([x, , w]) => x - w / 2)), Math.min(...places.map(([, y, , h]) => y - h / 2)),
    Math.max(...places.map(([x, , w]) => x + w / 2)), Math.max(...places.map(([, y, , h]) => y + h / 2)),
  ];
}

/* --- the story beside the graph */

function tell(step) {
  byId("step-title").textContent = step.title;
  byId("rules").replaceChildren(...step.rules.map(ruleElement));
  byId("remark").textContent = step.remark;
  byId("maps").replaceChildren(...maps(step));
  tellWhy(step);
  byId("changes").replaceChildren(...changes(step).map((text) => element("li", text)));
  const changed = new Set(step.changes.map(([box]) => box));
  rows.forEach(({ row }, k) => row.classList.toggle("changed", changed.has(k)));
  const wanted = data.boxes.filter((box) => box.fate !== "never").length;
  const complete = data.boxes.filter((box, k) => box.looks[now[k]][0] === "complete").length;
  byId("progress").textContent = `${complete} of ${wanted} gradients are complete`;
  byId("bar").firstElementChild.style.width = `${(100 * complete) / wanted}%`;
}

/* Of the gradients that the step completes, which paths they are the sum of. */
function tellWhy(step) {
  const complete = step.changes.filter(([k, look]) => data.boxes[k].looks[look][0] === "complete");
  const texts = complete.map(([k]) => data.boxes[k].why).filter(Boolean);
  byId("why").hidden = texts.length === 0;
  byId("paths").replaceChildren(...texts.map((text) => element("pre", text)));
}

function ruleElement(lines) {
  const block = element("p");
  block.className = "rule";
  for (const line of lines.filter(Boolean)) block.append(element("code", line));
  return block;
}

/* What a step changes, in words. In the forward pass the rules say it all. */
function changes(step) {
  if (step.part === "forward" || step.part === "start") return [];
  const found = step.changes.map(([k, look]) => {
    const box = data.boxes[k];
    const [[, before], [status, after, , received]] = [box.looks[look - 1], box.looks[look]];
    const part = status === "partial" ? `${received} of ${box.readers} parts` : "complete";
    const start = before.startsWith("grad ") ? `${before.slice(5)} → ` : "";
    return `${box.name}: ${start}${after.slice(5)}, ${part}`;
  });
  if (found.length <= MOST_CHANGES) return found;
  return [...found.slice(0, MOST_CHANGES - 1), `and ${found.length - MOST_CHANGES + 1} more`];
}

/* Heat maps of the arrays that the step is about, and of those that it changes. */
function maps(step) {
  const concerned = new Set([...step.boxes, ...step.changes.map(([box]) => box)]);
  const arrays = [...concerned].filter((k) => data.boxes[k].heat);
  return arrays.slice(0, MOST_MAPS).map((k) => heatMaps(data.boxes[k], data.boxes[k].looks[now[k]][0] === "complete"));
}

/* --- the table of gradients, which is also the way to a box without a mouse */

function table() {
  const boxes = data.boxes.map((box, k) => [box, k]).filter(([box]) => box.role !== "constant");
  const wanted = boxes.length <= ALL_ROWS ? boxes : boxes.filter(([box]) => box.role !== "operation" || box.root);
  const found = new Map();
  for (const [box, k] of wanted.slice(0, MOST_ROWS)) {
    const row = element("tr");
    const name = element("th");
    const [value, grad] = [element("td"), element("td")];
    const link = element("button", box.name);
    name.scope = "row";
    link.type = "button";
    link.title = box.name;
    link.addEventListener("click", () => goTo(k));
    name.append(link);
    row.append(name, value, grad);
    byId("rows").append(row);
    const draw = () => {
      const [status, text] = box.looks[now[k]];
      row.className = status;
      value.textContent = status === "waiting" ? "?" : box.data;
      grad.textContent = text.replace(/^grad /, "");
    };
    draw();
    found.set(k, { row, draw });
  }
  if (wanted.length > MOST_ROWS) byId("more-rows").textContent = `and ${wanted.length - MOST_ROWS} more in the graph`;
  return found;
}

/* --- going to a box: in the forward pass to where it is computed, in the backward pass to where its gradient is
   complete; from there to the other of the two */

function goTo(k) {
  const computed = stepOf(k, "computed");
  const complete = stepOf(k, "complete");
  const isForward = ["start", "forward"].includes(data.steps[current].part);
  const [first, second] = isForward ? [computed, complete] : [complete, computed];
  controls.go(first === current || first < 0 ? second : first);
}

function stepOf(k, status) {
  const look = data.boxes[k].looks.findIndex(([each]) => each === status);
  return data.steps.findIndex((step) => step.changes.some(([box, to]) => box === k && to === look));
}

svg.addEventListener("click", (event) => {
  const box = event.target.closest("[data-box]");
  if (box && !view.wasDragged()) goTo(Number(box.dataset.box));
});

/* --- what does not change */

function fill() {
  const operations = data.boxes.filter((box) => box.symbol).length;
  byId("graph-name").textContent = `A graph of ${data.boxes.length} boxes, ${operations} of them operations. Each step is told in words beside it.`;
  byId("caption").textContent = data.caption;
  byId("words").textContent = `${data.words} | ring: this step | dashed outline: gradient not complete`;
  byId("scale").append("gradient");
  for (const [strength, text] of data.scale) {
    const swatch = element("span", text);
    swatch.className = `swatch ${strength > 0 ? "positive" : strength < 0 ? "negative" : "zero"}`;
    swatch.style.setProperty("--strength", `${100 * Math.abs(strength)}%`);
    byId("scale").append(swatch);
  }
}

function element(name, text = "") {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

/* --- zoom by buttons and keys */

const ZOOMS = { "+": () => view.by(1.25), "=": () => view.by(1.25), "-": () => view.by(0.8), 0: () => view.fit() };
const PANS = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };

byId("nearer").addEventListener("click", ZOOMS["+"]);
byId("farther").addEventListener("click", ZOOMS["-"]);
byId("fit").addEventListener("click", ZOOMS[0]);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.shiftKey && event.key in PANS) view.pan(...PANS[event.key]);
  else if (event.key in ZOOMS) ZOOMS[event.key]();
  else return;
  event.preventDefault();
});

})();
