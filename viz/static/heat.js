"use strict";

/* heatMaps(box, withGradient) -> an element with the heat maps of an array: of its data, and of its gradient. */

const heatMaps = (() => {

const SIDE = 9; // of a cell in pixels

function heatMaps(box, withGradient) {
  const figure = made("figure");
  figure.append(made("figcaption", box.name));
  for (const [heading, rows, lines] of box.heat) {
    if (heading === "data" || withGradient) figure.append(map(`${heading} of ${box.name}`, rows, [heading, ...lines]));
  }
  if (box.heatNote) figure.append(made("p", box.heatNote));
  return figure;
}

function map(name, rows, texts) {
  const panel = made("div");
  const grid = made("div");
  panel.className = "map";
  grid.className = "cells";
  grid.setAttribute("role", "img");
  grid.setAttribute("aria-label", `heat map, ${name}`);
  grid.style.gridTemplateColumns = `repeat(${rows[0].length}, ${SIDE}px)`;
  for (const [fill, mark, ink] of rows.flat()) {
    const cell = made("span", mark);
    cell.style.background = fill;
    if (ink) cell.style.color = ink;
    grid.append(cell);
  }
  panel.append(grid, ...texts.map((text) => made("div", text)));
  return panel;
}

function made(name, text = "") {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

return heatMaps;
})();
