"use strict";

/* The bar that plays frames: step, back, play, speed, slider, keys, a help, links of the form #step=N.

   transport({
     count,     how many frames there are, at least 1
     show(k),   draws frame k, a number from 0 to count - 1; any frame may follow any other
     label(k),  what frame k is, in a line of text
     host,      the element that the bar is put into (default: the one with the id "transport")
     marks,     optional: [{at: k, text}], names below the slider of where parts begin
     keys,      optional: [[keys, what they do]], more lines for the help, as [["+ - 0", "zoom"]]
     speed,     optional: frames a second at first, one of SPEEDS
     first,     optional: the frame to begin with where the address asks for none
   }) -> { go(k), pause(), frame() }

   It shows the frame of the address (#step=N, else `first`) at once. Screen readers hear the label of each frame, and while
   frames are played only that of the last. */

const transport = (() => {
const SPEEDS = [0.5, 1, 2, 5, 10, 30];

const ICONS = {
  start: "M3 3h3v14H3z M17 3v14L7 10z",
  back: "M14 3v14L4 10z",
  play: "M5 2v16l13-8z",
  pause: "M4 3h4v14H4z M12 3h4v14h-4z",
  step: "M6 3v14l10-7z",
  end: "M14 3h3v14h-3z M3 3v14l10-7z",
};

const KEYS = [
  ["→ ←", "one step on, one back"],
  ["Page Down, Page Up", "ten steps on, ten back"],
  ["Space", "play, pause"],
  ["Home End", "to the start, to the end"],
  ["> <", "faster, slower"],
  ["?", "this help"],
];

function transport({
  count, show, label, host = document.getElementById("transport"), marks = [], keys = [], speed = 2, first = 0,
}) {
  let current = -1;
  let timer = 0; // of the next frame; 0 while paused
  let linking = 0;

  const start = button("Go to the start", "start", () => jump(0));
  const back = button("One step back", "back", () => jump(current - 1));
  const play = button("Play", "play", toggle);
  const step = button("One step on", "step", () => jump(current + 1));
  const end = button("Go to the end", "end", () => jump(count - 1));
  const slider = element("input", { type: "range", min: 0, max: count - 1, value: 0, "aria-label": "Step" });
  const speeds = speedMenu(speed);
  const counter = element("span", { class: "counter" });
  const live = element("div", { class: "unseen", role: "status", "aria-live": "polite" });
  const help = helpDialog([...KEYS, ...keys]);
  const helper = element("button", { type: "button", "aria-label": "Help on keys" }, "?");

  play.classList.add("play");
  helper.addEventListener("click", () => help.showModal());
  slider.addEventListener("input", () => jump(Number(slider.value)));
  document.addEventListener("keydown", onKey);
  window.addEventListener("hashchange", () => jump(linked(count, current)));
  host.classList.add("transport");
  host.setAttribute("role", "group");
  host.setAttribute("aria-label", "Playback");
  host.append(start, back, play, step, end, track(slider, marks, count), counter, speeds, helper, live, help);

  /* --- frames */

  function go(wanted) {
    const k = Math.max(0, Math.min(count - 1, wanted));
    if (k === current) return;
    current = k;
    show(k);
    slider.value = k;
    slider.setAttribute("aria-valuetext", label(k));
    counter.textContent = `${k} / ${count - 1}`;
    for (const control of [start, back]) control.disabled = k === 0;
    for (const control of [step, end]) control.disabled = k === count - 1;
    if (!timer) {
      live.textContent = label(k);
      link();
    }
  }

  function jump(k) {
    pause();
    go(k);
  }

  /* --- playing */

  function toggle() {
    if (timer) {
      pause();
      return;
    }
    if (current === count - 1) go(0);
    playOn();
    picture(play, "Pause", "pause");
  }

  /* Frames follow the clock: a machine that is too slow for the speed leaves some out rather than lag behind. */
  function playOn() {
    const began = performance.now();
    const first = current;
    const rate = Number(speeds.value);
    const tick = () => {
      const due = first + Math.floor((rate * (performance.now() - began)) / 1000);
      if (due > current) go(due);
      if (current < count - 1) timer = requestAnimationFrame(tick);
      else pause();
    };
    timer = requestAnimationFrame(tick);
  }

  function pause() {
    if (!timer) return;
    cancelAnimationFrame(timer);
    timer = 0;
    picture(play, "Play", "play");
    live.textContent = label(current);
    link();
  }

  function changeSpeed(by) {
    const last = speeds.options.length - 1;
    speeds.selectedIndex = Math.max(0, Math.min(last, speeds.selectedIndex + by));
    restart();
  }

  function restart() {
    if (!timer) return;
    cancelAnimationFrame(timer);
    playOn();
  }
  speeds.addEventListener("change", restart);

  /* --- the address, written a moment later: browsers refuse to have it changed often */

  function link() {
    if (location.protocol === "about:") return; // a frame in a notebook, which has no address of its own
    clearTimeout(linking);
    linking = setTimeout(() => history.replaceState(null, "", `#step=${current}`), 300);
  }

  /* --- keys */

  function onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || help.open) return;
    if (event.shiftKey && event.key.startsWith("Arrow")) return; // for the page
    const action = {
      ArrowRight: () => jump(current + 1),
      ArrowLeft: () => jump(current - 1),
      PageDown: () => jump(current + 10),
      PageUp: () => jump(current - 10),
      Home: () => jump(0),
      End: () => jump(count - 1),
      " ": toggle,
      ">": () => changeSpeed(1),
      "<": () => changeSpeed(-1),
      "?": () => help.showModal(),
    }[event.key];
    if (!action || isUsedBy(event.target, event.key)) return;
    event.preventDefault();
    action();
  }

  go(linked(count, first));
  return { go: jump, pause, frame: () => current };
}

/* Whether a key means something of its own where it was pressed: the space bar presses buttons. */
function isUsedBy(target, key) {
  if (target.closest("select, textarea, input:not([type=range])")) return true;
  return key === " " && target.closest("button, [role=button], summary") !== null;
}

/* The frame that the address asks for. */
function linked(count, otherwise) {
  const found = /^#step=(\d+)$/.exec(location.hash);
  return found ? Math.min(Number(found[1]), count - 1) : otherwise;
}

/* --- parts of the bar */

function element(name, attributes = {}, text = "") {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

function button(name, icon, action) {
  const made = element("button", { type: "button" });
  made.addEventListener("click", action);
  picture(made, name, icon);
  return made;
}

/* Give a button a name and the icon that goes with it. */
function picture(button, name, icon) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[icon]);
  svg.append(path);
  button.replaceChildren(svg);
  button.setAttribute("aria-label", name);
  button.title = name;
}

function speedMenu(speed) {
  const menu = element("select", { "aria-label": "Speed, steps a second" });
  for (const rate of SPEEDS) menu.append(element("option", { value: rate }, `${rate}/s`));
  menu.selectedIndex = Math.max(0, SPEEDS.indexOf(speed));
  return menu;
}

function track(slider, marks, count) {
  const made = element("div", { class: "track" });
  made.append(slider);
  for (const { at, text } of marks) {
    const mark = element("span", { class: "mark", "aria-hidden": "true" });
    mark.append(element("span", {}, text));
    mark.style.left = `calc(8px + ${at / Math.max(1, count - 1)} * (100% - 16px))`; // 16 px: the thumb's width
    made.append(mark);
  }
  return made;
}

function helpDialog(lines) {
  const dialog = element("dialog", { "aria-label": "Keys" });
  const list = element("dl");
  for (const [keys, meaning] of lines) {
    const term = element("dt");
    term.append(element("kbd", {}, keys));
    list.append(term, element("dd", {}, meaning));
  }
  const form = element("form", { method: "dialog" });
  form.append(element("button", {}, "Close"));
  dialog.append(element("h2", {}, "Keys"), list, form);
  return dialog;
}

return transport;
})();
