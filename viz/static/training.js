"use strict";

/* The player of a training run. Its data:

   columns  for the inputs and for each layer: {title, units, names}, units and names with a text for each circle
   layers   for each layer the texts of its row in the table: a name and what it is of
   limits   {weights, gradients}: the size that has the strongest colour
   best     the frame of the best epoch
   frames   [{text, x, image, lines, rows, parts}], x being the place in the loss curve, image and lines the decision
            regions and what parts them, where they are shown, rows the cells of the table, and parts for each layer {weights, gradients, biases, biasGradients, dead},
            the first two row by row with a row for each circle of the column before */

(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const network = document.getElementById("network");
const region = document.getElementById("region");
const lines = document.getElementById("lines");
const curve = document.getElementById("curve");
const marker = document.getElementById("marker");

const RADIUS = 11;
const RANGE = 1e5; // of gradients, from the palest to the strongest
const STRONGEST = 5; // inputs of a chosen unit that are listed

const columns = data.columns.map((column, c) => column.units.map((unit, j) => makeUnit(column, c, j)));
const edges = data.columns.slice(1).map((_, k) => makeEdges(k));
const cells = makeTable();
let shown = 0;
let chosen = null; // [column, unit]

/* --- the network */

function place(c, j) {
  const tall = Math.max(...data.columns.map((column) => column.units.length));
  const gap = 150;
  return [120 + gap * c, 40 + 28 * (j + (tall - data.columns[c].units.length) / 2)];
}

/* Units that share a circle make it longer. */
function halfWidth(c) {
  return data.columns[c].units.some((unit) => unit.length > 2) ? 20 : RADIUS;
}

function svg(name, attributes, parent, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  parent.append(made);
  return made;
}

function makeUnit(column, c, j) {
  const [x, y] = place(c, j);
  const group = svg("g", { class: "unit", transform: `translate(${x} ${y})` }, network);
  const half = halfWidth(c);
  const outline = { x: -half, y: -RADIUS, width: 2 * half, height: 2 * RADIUS, rx: RADIUS };
  svg("rect", outline, group);
  const tint = svg("rect", { ...outline, class: "tint" }, group);
  svg("line", { class: "cross", x1: -7, y1: -7, x2: 7, y2: 7 }, group);
  svg("text", { y: 3 }, group, column.units[j]);
  if (column.names[j]) nameUnit(column.names[j], c, x, y);
  if (c === 0) return { group, tint };
  group.setAttribute("role", "button");
  group.setAttribute("tabindex", "0");
  group.setAttribute("aria-label", unitName(c, j));
  group.addEventListener("click", () => choose(c, j));
  group.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    choose(c, j);
  });
  return { group, tint };
}

function unitName(c, j) {
  const { title, units } = data.columns[c];
  return `${title}, unit${units[j].includes("-") ? "s" : ""} ${units[j]}`;
}

function nameUnit(name, c, x, y) {
  const isLeft = c === 0;
  const aside = halfWidth(c) + 7;
  const at = { x: x + (isLeft ? -aside : aside), y: y + 4, "text-anchor": isLeft ? "end" : "start" };
  svg("text", at, network, name.length > 16 ? `${name.slice(0, 15)}…` : name);
}

function makeEdges(k) {
  const made = [];
  for (let i = 0; i < columns[k].length; i += 1) {
    for (let j = 0; j < columns[k + 1].length; j += 1) {
      const [x1, y1] = place(k, i);
      const [x2, y2] = place(k + 1, j);
      const line = svg("line", { class: "edge", x1: x1 + halfWidth(k), y1, x2: x2 - halfWidth(k + 1), y2 }, network);
      made.push({ line, i, j });
      network.prepend(line);
    }
  }
  return made;
}

function kind() {
  return document.querySelector("input[name=lines]:checked").value;
}

/* How strong a number is, from 0 to 1: weights in proportion, gradients on a log scale. */
function strength(x, what) {
  const part = Math.min(Math.abs(x) / data.limits[what], 1) || 0;
  return what === "weights" ? part : Math.log1p(part * RANGE) / Math.log1p(RANGE);
}

function sign(element, x) {
  element.classList.toggle("positive", x > 0);
  element.classList.toggle("negative", x < 0);
}

function drawNetwork() {
  const what = kind();
  const parts = data.frames[shown].parts;
  parts.forEach((part, k) => {
    const values = part[what];
    edges[k].forEach(({ line }, n) => {
      const s = strength(values[n], what);
      sign(line, values[n]);
      line.style.strokeOpacity = line.classList.contains("of-chosen") || !chosen ? 0.06 + 0.94 * s : "";
      line.style.strokeWidth = 0.4 + 3.2 * s;
    });
    const biases = what === "weights" ? part.biases : part.biasGradients;
    columns[k + 1].forEach(({ group, tint }, j) => {
      sign(tint, biases[j]);
      tint.style.fillOpacity = 0.75 * strength(biases[j], what);
      group.classList.toggle("dead", Boolean(part.dead[j]));
    });
  });
  const scale = what === "weights" ? "" : ", on a log scale";
  document.getElementById("limits").textContent = `Strongest from ${short(data.limits[what])} on${scale}.`;
  tellUnit();
}

/* --- one unit and what comes into it */

function choose(c, j) {
  chosen = chosen && chosen[0] === c && chosen[1] === j ? null : [c, j];
  network.classList.toggle("has-choice", chosen !== null);
  columns.forEach((units, a) => units.forEach(({ group }, b) => {
    group.classList.toggle("chosen", chosen !== null && a === c && b === j);
  }));
  edges.forEach((lines, k) => lines.forEach(({ line, i, j: to }) => {
    const isOf = chosen !== null && ((k + 1 === c && to === j) || (k === c && i === j));
    line.classList.toggle("of-chosen", isOf);
  }));
  drawNetwork();
}

function tellUnit() {
  const text = document.getElementById("unit");
  if (!chosen) {
    text.textContent = "Choose a unit to see its numbers.";
    return;
  }
  const [c, j] = chosen;
  const part = data.frames[shown].parts[c - 1];
  const count = columns[c].length;
  const inputs = data.columns[c - 1].units.map((unit, i) => ({
    name: data.columns[c - 1].names[i] || unit, weight: part.weights[i * count + j], grad: part.gradients[i * count + j],
  }));
  inputs.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  const listed = inputs.slice(0, STRONGEST).map(({ name, weight, grad }) => `${name}: ${short(weight)} (${short(grad)})`);
  const rest = inputs.length > STRONGEST ? `; ${inputs.length - STRONGEST} weaker ones` : "";
  text.textContent = `${unitName(c, j)}: bias ${short(part.biases[j])} `
    + `(gradient ${short(part.biasGradients[j])}). Weights (gradients) from ${listed.join(", ")}${rest}.`;
}

function short(x) {
  const size = Math.abs(x);
  const text = size && (size < 1e-3 || size >= 1e5) ? Number(x).toExponential(2) : String(Number(Number(x).toPrecision(3)));
  return text.replaceAll("-", "−");
}

/* --- the table */

function makeTable() {
  const body = document.getElementById("layers");
  return data.layers.map((name) => {
    const row = body.insertRow();
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = name;
    row.append(head);
    return [row.insertCell(), row.insertCell(), row.insertCell()];
  });
}

/* --- frames */

function show(k) {
  shown = k;
  const frame = data.frames[k];
  document.getElementById("frame").textContent = frame.text;
  if (region) {
    region.setAttribute("href", frame.image);
    lines.setAttribute("d", frame.lines);
  }
  marker.setAttribute("transform", `translate(${frame.x} 0)`);
  frame.rows.forEach((texts, row) => texts.forEach((text, column) => { cells[row][column].textContent = text; }));
  drawNetwork();
}

const [right] = place(data.columns.length - 1, 0);
const tall = Math.max(...data.columns.map((column) => column.units.length));
network.setAttribute("viewBox", `0 0 ${right + 120} ${40 + 28 * tall}`);
data.columns.forEach((column, c) => {
  svg("text", { x: place(c, 0)[0], y: 14, "text-anchor": "middle" }, network, column.title);
});
for (const radio of document.querySelectorAll("input[name=lines]")) radio.addEventListener("change", drawNetwork);

const marks = [{ at: data.best, text: "best" }];
const bar = transport({ count: data.frames.length, show, label: (k) => data.frames[k].text, speed: 5, marks });

curve.addEventListener("click", (event) => {
  const x = new DOMPoint(event.clientX, event.clientY).matrixTransform(curve.getScreenCTM().inverse()).x;
  const distances = data.frames.map((frame) => Math.abs(frame.x - x));
  bar.go(distances.indexOf(Math.min(...distances)));
});
})();
