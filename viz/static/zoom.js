"use strict";

/* Pan and zoom of a drawing: wheel, drag, two fingers, and functions for keys and buttons.

   zoomable(view, svg, [left, top, width, height]) moves and scales `svg`, a drawing that fills the given rectangle,
   inside the element `view`; its boxes have the attribute data-box. It returns { fit(), by(factor), pan(dx, dy), reveal(wide,
   narrow), wasDragged() }. `reveal` is told at each step what to see, as rectangles [left, top, right, bottom]: what
   belongs to the step, and the middle of it. Where all is seen at once it does nothing, unless all is too small to be
   read: then the view follows the steps, until someone zooms. */

const zoomable = (() => {

const MARGIN = 16;
const LARGEST = 6;
const LARGEST_FIT = 1.8; // a small graph need not fill the wall
const READABLE = 0.6; // below, text is too small to read
const SPECKS = 0.35; // below, it is not even text
const FOLLOWING = 1;
const GLIDE = 250; // milliseconds
const MANY = 300; // boxes, from which on specks are left out because they are slow to draw
const CLICK = 4; // pixels that a hand moves in a click

function zoomable(view, svg, [left, top, width, height]) {
  let [scale, x, y] = [1, 0, 0];
  let isFitted = true;
  let follows = false;
  let gliding = 0;
  let moved = 0;
  const isLarge = svg.querySelectorAll("[data-box]").length > MANY;
  const pointers = new Map();

  svg.setAttribute("viewBox", `${left} ${top} ${width} ${height}`);
  svg.setAttribute("width", width);
  svg.setAttribute("height", height);

  /* CSS moves the picture as a whole. A transform inside of it would make the browser lay out all its texts anew. */
  function place() {
    svg.style.transform = `translate(${x + scale * left}px, ${y + scale * top}px) scale(${scale})`;
    svg.classList.toggle("far", isLarge && scale < SPECKS);
  }

  function fit() {
    const { width: w, height: h } = view.getBoundingClientRect();
    settle();
    scale = Math.max(smallest(), Math.min((w - 2 * MARGIN) / width, (h - 2 * MARGIN) / height, LARGEST_FIT));
    x = w / 2 - scale * (left + width / 2);
    y = h / 2 - scale * (top + height / 2);
    isFitted = true;
    place();
  }

  function smallest() {
    const { width: w, height: h } = view.getBoundingClientRect();
    return Math.max(0.5 * Math.min(w / width, h / height, 1), 1e-4);
  }

  /* The point (px, py) of the window stays where it is. */
  function zoom(factor, px, py) {
    settle();
    const wanted = Math.max(smallest(), Math.min(LARGEST, scale * factor));
    x = px - (wanted / scale) * (px - x);
    y = py - (wanted / scale) * (py - y);
    scale = wanted;
    isFitted = false;
    place();
  }

  function by(factor) {
    const { width: w, height: h } = view.getBoundingClientRect();
    zoom(factor, w / 2, h / 2);
  }

  function pan(dx, dy) {
    settle();
    x += dx;
    y += dy;
    isFitted = false;
    place();
  }

  function reveal(wide, narrow) {
    if (follows) follow(wide, narrow);
    else if (!isFitted) {
      const [x1, y1, x2, y2] = narrow;
      const { width: w, height: h } = view.getBoundingClientRect();
      glide(scale, x + into(x + scale * x1, x + scale * x2, w), y + into(y + scale * y1, y + scale * y2, h));
    }
  }

  function follow(wide, narrow) {
    const { width: w, height: h } = view.getBoundingClientRect();
    const fits = ([x1, y1, x2, y2]) => Math.min((w - 2 * MARGIN) / (x2 - x1), (h - 2 * MARGIN) / (y2 - y1), FOLLOWING);
    const [x1, y1, x2, y2] = fits(wide) < READABLE ? narrow : wide;
    const wanted = Math.max(fits([x1, y1, x2, y2]), smallest());
    glide(wanted, w / 2 - (wanted * (x1 + x2)) / 2, h / 2 - (wanted * (y1 + y2)) / 2);
  }

  /* Go to another view, in a moment in which the eye can follow. */
  function glide(...to) {
    const from = [scale, x, y];
    const began = performance.now();
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    cancelAnimationFrame(gliding);
    isFitted = false;
    const move = () => {
      const t = isStill ? 1 : Math.min(1, (performance.now() - began) / GLIDE);
      [scale, x, y] = from.map((value, i) => value + (to[i] - value) * t * (2 - t));
      place();
      if (t < 1) gliding = requestAnimationFrame(move);
    };
    move();
  }

  /* A hand on the view ends what moves it by itself. */
  function settle() {
    cancelAnimationFrame(gliding);
    follows = false;
  }

  view.addEventListener("wheel", (event) => {
    event.preventDefault();
    const box = view.getBoundingClientRect();
    const lines = event.deltaMode === 1 ? 16 : 1; // some mice count in lines
    zoom(Math.exp(-0.0015 * lines * event.deltaY), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });

  view.addEventListener("pointerdown", (event) => {
    if (pointers.size === 0) moved = 0;
    pointers.set(event.pointerId, event);
  });

  view.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
    moved += Math.abs(dx) + Math.abs(dy);
    // Captured only now: a captured pointer's click would go to the drawing instead of the box.
    if (moved > CLICK && !view.hasPointerCapture(event.pointerId)) view.setPointerCapture(event.pointerId);
    if (pointers.size === 2) pinch(event, before);
    else if (moved > CLICK) pan(dx, dy);
    pointers.set(event.pointerId, event);
  });

  function pinch(event, before) {
    const [other] = [...pointers.values()].filter((pointer) => pointer.pointerId !== event.pointerId);
    const box = view.getBoundingClientRect();
    const factor = distance(event, other) / Math.max(1, distance(before, other));
    zoom(factor, (event.clientX + other.clientX) / 2 - box.left, (event.clientY + other.clientY) / 2 - box.top);
  }

  for (const end of ["pointerup", "pointercancel"]) {
    view.addEventListener(end, (event) => pointers.delete(event.pointerId));
  }

  new ResizeObserver(() => { if (isFitted) fit(); }).observe(view);
  fit();
  follows = scale < READABLE;
  return { fit, by, pan, reveal, wasDragged: () => moved > CLICK };
}

/* How far to move what reaches from `low` to `high` so that it lies between 0 and `size`. */
function into(low, high, size) {
  if (high - low > size - 2 * MARGIN) return (size - low - high) / 2;
  return Math.max(0, MARGIN - low) - Math.max(0, high - size + MARGIN);
}

function distance(a, b) {
  return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
}

return zoomable;
})();
