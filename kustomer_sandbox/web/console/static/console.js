// What HTML alone cannot do: copy text, run a clock that runs, keep a long list short, close a menu.
"use strict";

/* global htmx */

const MOST_ROWS = 500;

async function copy(button) {
  const told = button.firstChild;
  const before = told.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    told.textContent = "Copied";
  } catch {
    told.textContent = "Not allowed";
  }
  setTimeout(() => { told.textContent = before; }, 1500);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// A world in `real` mode runs at the machine's pace: so do its clock and what counts down to an instant.
const began = performance.now();

function told(instant) {
  return new Date(instant).toISOString().slice(0, 19).replace("T", " ");
}

function left(seconds) {
  if (seconds <= 0) return "now";
  const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const said = [];
  let rest = Math.floor(seconds);
  for (const [size, unit] of parts) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count || (unit === "s" && !said.length)) said.push(`${count} ${unit}`);
  }
  return `in ${said.slice(0, 2).join(" ")}`;
}

function tick() {
  const clock = document.getElementById("now");
  if (!clock || clock.dataset.mode !== "real") return;
  const now = Date.parse(clock.dataset.now) + performance.now() - began;
  clock.textContent = told(now);
  for (const one of document.querySelectorAll("[data-until]")) {
    one.textContent = left((Date.parse(one.dataset.until) - now) / 1000);
  }
}

setInterval(tick, 1000);

// A browser keeps a page that was left for a while, and its stream with it: six such streams and it loads nothing more.
const streams = new Set();
const makeStream = htmx.createEventSource;
htmx.createEventSource = (url) => {
  const stream = makeStream(url);
  streams.add(stream);
  return stream;
};
window.addEventListener("pagehide", () => streams.forEach((stream) => stream.close()));
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

// New rows are marked, and the oldest go when there are too many to be read.
document.addEventListener("htmx:sseMessage", (event) => {
  const list = event.target;
  if (!list.classList || !list.classList.contains("rows")) return;
  while (list.children.length > MOST_ROWS) list.lastElementChild.remove();
});

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target;
  if (event.detail.successful && form.matches && form.matches("form[data-reset]")) form.reset();
});

document.addEventListener("htmx:sseClose", (event) => {
  if (event.detail.type === "message") document.getElementById("gone").hidden = false;
});

// A chosen row is marked before its details are there.
document.addEventListener("htmx:beforeRequest", (event) => {
  const chosen = event.target.closest && event.target.closest(".row > a");
  if (!chosen) return;
  for (const other of document.querySelectorAll(".row > a[aria-current]")) other.removeAttribute("aria-current");
  chosen.setAttribute("aria-current", "true");
});

// What was folded or unfolded stays so when the part around it is made anew.
document.addEventListener("htmx:beforeSwap", (event) => {
  const before = new Map([...event.detail.target.querySelectorAll("details[id]")].map((one) => [one.id, one.open]));
  event.detail.target.addEventListener("htmx:afterSwap", () => {
    for (const [id, open] of before) {
      const now = document.getElementById(id);
      if (now) now.open = open;
    }
  }, { once: true });
});
