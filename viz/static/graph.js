"use strict";

/* The drawing of a graph whose boxes and arrows change their looks; nothing ever changes its place.

   drawn(svg, data) -> { look(k, number), carry(k, isOn), ring(ks) }, for box k and arrow k. Texts are set as
   textContent and classes come from a fixed list, so that no label can become a part of the page. */

const drawn = (() => {

const LINE = 13.2; // the height of a line of text, as Graphviz has it
const ASIDE = 7.2; // between the symbol's cell and the text
const DATA = "\ue000";
const GRAD = "\ue001";

function drawn(svg, data) {
  const [frames, lines, rings, nodes] = ["frames", "lines", "rings", "nodes"].map((name) => added(svg, "g", { class: name }));
  for (const frame of data.frames) drawFrame(frames, frame);
  const arrows = data.arrows.map((arrow) => drawArrow(lines, arrow));
  const boxes = data.boxes.map((box, k) => drawBox(nodes, box, k));
  const arrowsInto = data.boxes.map(() => []);
  data.arrows.forEach((arrow, k) => arrowsInto[arrow.head].push(k));

  function look(k, number) {
    const box = data.boxes[k];
    boxes[k](number);
    for (const a of arrowsInto[k]) arrows[a].know(box.looks[number][0] !== "waiting");
  }

  /* A ring around each of some boxes: where we are. */
  function ring(ks) {
    rings.replaceChildren(...ks.map((k) => {
      const [x, y, w, h] = data.boxes[k].place;
      return made("rect", { x: x - w / 2 - 4, y: y - h / 2 - 4, width: w + 8, height: h + 8, rx: 10 });
    }));
  }

  /* Let an arrow carry its share or not. One that carries nothing shows in the box that cuts it off, too. */
  function carry(k, isOn) {
    arrows[k].carry(isOn);
    if (data.arrows[k].cut) nodes.children[data.arrows[k].head].toggleAttribute("data-stops", isOn);
  }

  return { look, ring, carry };
}

/* --- boxes */

/* Draw a box as it is before all steps, and return what gives it one of its looks. */
function drawBox(layer, box, k) {
  const [x, y, w, h] = box.place;
  const group = added(layer, "g", { "data-box": k });
  const fixed = ["box", box.role, box.root ? "root" : "", box.stale ? "stale" : ""].filter(Boolean);
  const [name, attributes] = outline(box.role, x, y, w, h);
  added(group, name, { class: "shape", ...attributes });
  if (box.cuts) added(group, "rect", { class: "end", x: x - w / 2 + 1, y: y - h / 2 + 4, width: 4, height: h - 8 });
  if (box.symbol) {
    added(group, "path", { class: "split", d: `M${box.split} ${y - h / 2}V${y + h / 2}` });
    added(group, "text", { x: (x - w / 2 + box.split) / 2, y: y + 4, class: "symbol" }, box.symbol);
  }
  const texts = drawLines(group, box, x, y, w);
  const pill = drawPill(group, x + w / 2, y - h / 2);

  return (number) => {
    const [status, grad, strength, received] = box.looks[number];
    const isLast = number === box.looks.length - 1;
    const fate = isLast || box.fate === "never" ? box.fate : "";
    group.setAttribute("class", [...fixed, status, fate, sign(strength)].filter(Boolean).join(" "));
    group.style.setProperty("--strength", percent(strength));
    texts.forEach((element, i) => {
      const line = box.lines[i].replace(DATA, () => (status === "waiting" ? "?" : box.data)).replace(GRAD, () => grad);
      const isNote = box.note && i === texts.length - 1;
      set(element, isNote && !isLast ? "" : line);
    });
    set(pill, status === "partial" && received ? `${received} of ${box.readers}` : "");
  };
}

function drawLines(group, box, x, y, w) {
  const lines = box.lines.flatMap((line) => line.split("\n"));
  box.lines = lines;
  const first = y - (LINE * (lines.length - 1)) / 2 + 3.8;
  const left = box.symbol ? box.split + ASIDE : x;
  return lines.map((_, i) => added(group, "text", { x: left, y: first + i * LINE, class: box.symbol ? "aside" : "" }));
}

/* How many of its contributions a gradient has collected. */
function drawPill(group, x, y) {
  const pill = added(group, "g", { class: "pill" });
  added(pill, "rect", { x: x - 32, y: y - 8, width: 38, height: 14, rx: 7 });
  return added(pill, "text", { x: x - 13, y: y + 2.3 });
}

/* The outline that tells what a box is: the name of an SVG element and its attributes. */
function outline(role, x, y, w, h) {
  const [a, b] = [w / 2, h / 2];
  if (role === "input") return ["ellipse", { cx: x, cy: y, rx: a, ry: b }];
  if (role === "parameter") {
    const c = 0.29 * h;
    return polygon(x, y, [[a - c, -b], [a, c - b], [a, b - c], [a - c, b], [c - a, b], [-a, b - c], [-a, c - b], [c - a, -b]]);
  }
  if (role === "constant") return polygon(x, y, [[a - 8, -b], [a, 8 - b], [a, b], [-a, b], [-a, -b]]);
  return ["rect", { x: x - a, y: y - b, width: w, height: h, rx: 8 }];
}

function polygon(x, y, corners) {
  return ["polygon", { points: corners.map(([dx, dy]) => `${x + dx},${y + dy}`).join(" ") }];
}

/* --- arrows */

function drawArrow(layer, arrow) {
  const group = added(layer, "g");
  const line = added(group, "path", { class: "line", d: arrow.line });
  const [tip, left, right] = arrow.point;
  if (tip) {
    added(group, "polygon", { class: "point", points: [tip, left, right].join(" ") });
    added(group, "path", { class: "stop", d: stop(left, right) });
  }
  const texts = arrow.texts.map(([x, y, text]) => added(group, "text", { x, y }, text));
  line.style.setProperty("--width", arrow.width);
  let isKnown = false;
  let isOn = false;

  function draw() {
    const carried = ["carrying", arrow.style, sign(arrow.strength), arrow.cut ? "cut" : ""].filter(Boolean);
    group.setAttribute("class", ["arrow", isKnown ? "" : "waiting", ...(isOn ? carried : [])].filter(Boolean).join(" "));
    group.style.setProperty("--strength", percent(arrow.strength));
    texts.forEach((text, i) => text.setAttribute("visibility", isOn || (isKnown && i < arrow.before) ? "visible" : "hidden"));
  }
  draw();
  return {
    know: (known) => { isKnown = known; draw(); },
    carry: (on) => { isOn = on; draw(); },
  };
}

/* The bar at the end of an arrow that lets nothing through: across its head, and wider. */
function stop([x1, y1], [x2, y2]) {
  const [dx, dy] = [0.7 * (x2 - x1), 0.7 * (y2 - y1)];
  return `M${x1 - dx} ${y1 - dy}L${x2 + dx} ${y2 + dy}`;
}

/* --- frames around scopes */

function drawFrame(layer, [heading, x, y, w, h, textX, textY]) {
  added(layer, "rect", { x: x - w / 2, y: y - h / 2, width: w, height: h, rx: 10 });
  added(layer, "text", { x: textX, y: textY + 4 }, heading);
}

/* --- small things */

function sign(strength) {
  if (strength === null) return "";
  const x = Number(strength); // NaN and the infinities come as texts
  if (Number.isNaN(x)) return "nan";
  return x > 0 ? "positive" : x < 0 ? "negative" : "zero";
}

function percent(strength) {
  return `${100 * Math.min(1, Math.abs(Number(strength)) || 0)}%`;
}

/* Only what changes is written: each new text costs the browser a layout. */
function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function made(name, attributes = {}, text = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text) element.textContent = text;
  return element;
}

function added(parent, name, attributes = {}, text = "") {
  return parent.appendChild(made(name, attributes, text));
}

return drawn;
})();
