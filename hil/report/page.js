// What the page can do: search, filter, open what a link points to, copy, unfold for paper. It only
// ever hides and shows what is there, and writes text, never markup.
"use strict";

const search = document.querySelector("#search");
const form = document.querySelector("#filters");
const detail = document.querySelector("#detail");
const buttons = [...form.querySelectorAll("button[data-verdict]")];
const rows = [...document.querySelectorAll(".matrix tbody tr:not(.group)")];
const cells = [...document.querySelectorAll(".matrix td[data-verdict]")];
const problems = [...document.querySelectorAll(".problem")];
const figures = [...document.querySelectorAll(".figure")];

/** Whether every word of the search is in the element's own. */
function matches(element, words, extra = "") {
  const text = `${element.dataset.search} ${extra}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = new Set(
    buttons.filter((button) => button.getAttribute("aria-pressed") === "true")
      .map((button) => button.dataset.verdict),
  );
  let found = 0;
  for (const cell of cells) {
    const isFound = shown.has(cell.dataset.verdict) && matches(cell, words);
    cell.classList.toggle("dimmed", !isFound);
    if (isFound) found++;
  }
  for (const row of rows) {
    row.hidden = row.querySelector("td[data-verdict]:not(.dimmed)") === null;
  }
  for (const body of document.querySelectorAll(".matrix tbody")) {
    body.hidden = body.querySelector("tr:not(.group):not([hidden])") === null;
  }
  for (const problem of problems) {
    problem.hidden = !(shown.has(problem.dataset.verdict) && matches(problem, words));
  }
  for (const section of document.querySelectorAll(".problems")) {
    section.hidden = section.querySelector(".problem:not([hidden])") === null;
  }
  for (const figure of figures) {
    let cards = 0;
    for (const card of figure.querySelectorAll(".card")) {
      card.hidden = !matches(card, words, figure.dataset.search);
      if (!card.hidden) cards++;
    }
    figure.hidden = cards === 0;
  }
  const isAll = words.length === 0 && shown.size === buttons.length;
  document.querySelector("#found").textContent = isAll ? "" : `${found} of ${cells.length}`;
}

/** Opens the failure that the address names. */
function follow() {
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (!target) return;
  if (target.hidden) reset();
  if (target instanceof HTMLDetailsElement) target.open = true;
  target.scrollIntoView();
}

function reset() {
  search.value = "";
  for (const button of buttons) button.setAttribute("aria-pressed", "true");
  filter();
}

form.hidden = false;
form.addEventListener("submit", (event) => event.preventDefault());
search.addEventListener("input", filter);
search.addEventListener("keydown", (event) => {
  if (event.key === "Escape") reset();
});
for (const button of buttons) {
  button.addEventListener("click", () => {
    const isOn = button.getAttribute("aria-pressed") === "true";
    button.setAttribute("aria-pressed", String(!isOn));
    filter();
  });
}

// What a pointer shows over a cell, for fingers and keys.
document.querySelector(".matrix")?.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button === null) return;
  detail.hidden = false;
  detail.textContent = `${button.title}\n${button.dataset.summary}`;
});
detail?.addEventListener("click", () => detail.hidden = true);

// A page from a disk has no clipboard in every browser.
if (navigator.clipboard !== undefined) {
  for (const button of document.querySelectorAll(".copy")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const code = button.parentElement.querySelector("code");
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(code);
        button.textContent = "Selected";
      }
    });
  }
}

for (const time of document.querySelectorAll("time")) {
  time.title = time.textContent;
  time.textContent = new Date(time.dateTime).toLocaleString();
}

// Paper cannot be unfolded.
let unfolded = [];
addEventListener("beforeprint", () => {
  unfolded = [...document.querySelectorAll("details:not([open])")];
  for (const one of unfolded) one.open = true;
});
addEventListener("afterprint", () => {
  for (const one of unfolded) one.open = false;
});

if (problems.length > 0 && problems[0] instanceof HTMLDetailsElement) problems[0].open = true;
addEventListener("hashchange", follow);
follow();
