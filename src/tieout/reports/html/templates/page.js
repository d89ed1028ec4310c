"use strict";
/* The page: language, colours, links to places, tables of sections, and the way from a figure to its rows. */

const root = document.documentElement;
const FRONT = "discrepancies";

/** What was chosen before; a browser may refuse to keep it for files. */
const kept = {
  get(name) {
    try {
      return localStorage.getItem(`tieout-${name}`);
    } catch {
      return null;
    }
  },
  set(name, value) {
    try {
      localStorage.setItem(`tieout-${name}`, value);
    } catch {
      /* it is asked for again next time */
    }
  },
};

const grids = new Set(); // those that stand in the page

function speak(language) {
  Page.language = language;
  root.dataset.lang = language;
  root.lang = language === "zh" ? "zh-CN" : "en";
  document.title = document.title.replace(/[^·]*$/, ` ${Page.word("close")}`);
  for (const one of document.querySelectorAll("[data-w]")) one.textContent = Page.word(one.dataset.w);
  for (const table of document.querySelectorAll("table[data-sheet]")) name(table);
  for (const grid of [...grids]) {
    const host = grid.host;
    grids.delete(grid);
    grid.end();
    makeGrid(host.closest(".sheet"), true);
  }
}

function colour(theme) {
  if (theme === "auto") delete root.dataset.theme;
  else root.dataset.theme = theme;
}

function controls() {
  const language = document.getElementById("language");
  const asked = Page.languages.includes(kept.get("language")) ? kept.get("language") : null;
  const system = (navigator.language || "").toLowerCase().startsWith("zh") ? "zh" : "en";
  const first = Page.languages.length > 1 ? asked || system : Page.languages[0];
  if (language) {
    language.value = first;
    language.addEventListener("change", () => {
      kept.set("language", language.value);
      speak(language.value);
    });
  }
  const theme = document.getElementById("theme");
  theme.value = ["light", "dark"].includes(kept.get("theme")) ? kept.get("theme") : "auto";
  colour(theme.value);
  theme.addEventListener("change", () => {
    kept.set("theme", theme.value);
    colour(theme.value);
  });
  document.getElementById("print").addEventListener("click", () => window.print());
  document.querySelector(".controls").hidden = false;
  speak(first);
}

/* ---- tables that stand in the page ---- */

/** Headings that sort, and rows that open what is behind them. */
function dressTable(table) {
  const sheet = Sheet.of(table.dataset.sheet);
  const isWhole = sheet.rows === table.tBodies[0].rows.length;
  if (isWhole && sheet.rows > 1) {
    [...table.tHead.rows[0].cells].forEach((cell, at) => {
      const button = element("button", { type: "button", class: "sort" });
      button.append(...cell.childNodes);
      button.addEventListener("click", () => sortTable(table, sheet, at));
      cell.append(button);
    });
  }
  if (sheet.about.behind) {
    for (const row of table.tBodies[0].rows) {
      const head = row.cells[0];
      const button = element("button", { type: "button", class: "drill" });
      button.append(...head.childNodes);
      head.append(button);
      row.classList.add("can-open");
      row.addEventListener("click", () => openRows(sheet.name, Number(row.dataset.row)));
    }
  }
  name(table);
}

/** Names that only screen readers hear, in the language that is shown. */
function name(table) {
  for (const button of table.querySelectorAll(".drill")) {
    button.setAttribute("aria-label", `${Page.word("open_rows")}: ${button.innerText.trim() || "–"}`);
  }
}

async function sortTable(table, sheet, at) {
  await sheet.open();
  const column = sheet.columns[at];
  const cell = table.tHead.rows[0].cells[at];
  const way = cell.getAttribute("aria-sort") === (NUMERIC.has(column.k) ? "descending" : "ascending") ? -1 : 1;
  const sign = NUMERIC.has(column.k) ? -way : way;
  const rows = [...table.tBodies[0].rows];
  const orders = rows.map((row) => [sheet.order(column, Number(row.dataset.row)), row]);
  orders.sort(([left], [right]) => (left === null || right === null ? compare(left, right) : sign * compare(left, right)));
  table.tBodies[0].append(...orders.map(([, row]) => row));
  for (const one of table.tHead.rows[0].cells) one.removeAttribute("aria-sort");
  cell.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
}

/* ---- grids ---- */

/** Put the grid in the place of the first rows, which stay for printing. */
function makeGrid(place, again = false) {
  if (place.dataset.made && !again) return place.grid;
  place.dataset.made = "1";
  const sheet = Sheet.of(place.dataset.sheet);
  let host = place.querySelector(".grid-host");
  if (!host) {
    host = element("div", { class: "grid-host" });
    place.prepend(host);
  }
  host.replaceChildren(element("p", { class: "note", text: Page.word("loading") }));
  const title = document.getElementById(place.dataset.title)?.innerText || "";
  const open = openerOf(sheet);
  place.grid = sheet
    .open()
    .then(() => {
      const grid = new Grid(sheet, host, { title, open });
      grids.add(grid);
      place.classList.add("live");
      return grid.ready;
    })
    .catch((error) => {
      host.replaceChildren(element("p", { class: "note warn", text: Page.word("too_old") }));
      if (error.message !== "DecompressionStream") throw error;
    });
  return place.grid;
}

/** What a row of a sheet opens: its rows, the discrepancy, or all that it says. */
function openerOf(sheet) {
  if (sheet.about.behind) return (row) => openRows(sheet.name, row);
  return (row, order) => openOne(sheet.name, row, order);
}

function watch() {
  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        seen.unobserve(entry.target);
        makeGrid(entry.target);
      }
    },
    { rootMargin: "200px" },
  );
  for (const place of document.querySelectorAll(".sheet[data-grid]")) seen.observe(place);
}

/* ---- from a figure to its rows ---- */

const rowsDialog = document.getElementById("rows-dialog");
const oneDialog = document.getElementById("one-dialog");
let rowsGrids = [];

async function openRows(name, row) {
  const from = await Sheet.of(name).open();
  const behind = await Sheet.of(from.about.behind).open();
  const rows = rowsOf(from, row, behind);
  const keys = from.about.key.filter((key) => key !== "currency");
  const said = (keys.length ? keys : from.about.key).map((key) => wordOf(from, key, row)).filter(Boolean);
  document.getElementById("rows-title").textContent = `${Page.word("rows_behind")}: ${said.join(" · ")}`;
  document.getElementById("rows-note").textContent = from.columns
    .filter((column) => NUMERIC.has(column.k) && from.value(column.n, row) !== null)
    .map((column) => `${Page.say(column.t)} ${from.text(column, row, true)}`)
    .join(" · ");
  if (!rowsDialog.open) rowsDialog.showModal();
  showRows(behind, rows);
  mark(`rows=${encodeURIComponent(name)}/${row}`);
  await Promise.all(rowsGrids.map((grid) => grid.ready));
}

/** The rows behind a figure: a table for each kind of record, which has columns of its own. */
function showRows(behind, rows) {
  endRows();
  const title = document.getElementById("rows-title").textContent;
  const parts = byFact(behind, rows);
  for (const [name, own] of parts) {
    const host = element("div", { class: "rows-part" });
    const said = parts.length > 1 ? name : "";
    if (said) document.getElementById("rows-body").append(element("h3", { text: `${said} (${Page.count(own.length)})` }));
    document.getElementById("rows-body").append(host);
    const about = { title: said ? `${title}: ${said}` : title, rows: own, without: parts.length > 1 ? ["fact"] : [] };
    rowsGrids.push(new Grid(behind, host, { ...about, open: openerOf(behind) }));
  }
}

function endRows() {
  for (const grid of rowsGrids) grid.end();
  rowsGrids = [];
  document.getElementById("rows-body").replaceChildren();
}

/** Rows by what they are; of several currencies by currency too, so that each table has one sum. */
function byFact(behind, rows) {
  const { fact, currency } = behind.values;
  if (!fact || !rows.length) return [["", rows]];
  const parts = new Map();
  const codes = new Set(currency ? rows.map((row) => currency[row]).filter((code) => code !== null) : []);
  for (const row of rows) {
    const code = codes.size > 1 ? currency[row] : null;
    const name = code ? `${Page.label("fact", fact[row])} · ${code}` : Page.label("fact", fact[row]);
    if (!parts.has(name)) parts.set(name, []);
    parts.get(name).push(row);
  }
  return [...parts];
}

function wordOf(sheet, key, row) {
  const column = sheet.find(key);
  const value = sheet.value(key, row);
  if (value === null) return column ? Page.word("blank") : "";
  return column ? sheet.text(column, row) : String(value);
}

function rowsOf(from, row, behind) {
  const wanted = from.about.key.map((key) => [behind.values[key], from.value(key, row)]).filter(([values]) => values);
  const found = [];
  for (let at = 0; at < behind.rows; at += 1) if (wanted.every(([values, value]) => values[at] === value)) found.push(at);
  return found;
}

/* ---- one row: a discrepancy with all that is known of it, or any other with its columns ---- */

const one = { sheet: null, order: [], at: 0 };

async function openOne(name, row, order) {
  let sheet = await Sheet.of(name).open();
  const id = sheet.value("discrepancy_id", row);
  if (name !== FRONT && id && Page.sheets[FRONT]) {
    const front = await Sheet.of(FRONT).open();
    const at = front.values.discrepancy_id.indexOf(id);
    if (at >= 0) [sheet, row, order] = [front, at, [at]];
  }
  Object.assign(one, { sheet, order, at: order.indexOf(row) });
  showOne();
  if (!oneDialog.open) oneDialog.showModal();
}

function showOne() {
  const { sheet, order, at } = one;
  const row = order[at];
  const isFinding = sheet.name === FRONT;
  const column = sheet.columns[0];
  document.getElementById("one-title").textContent = isFinding
    ? Page.label("type", sheet.value("type", row))
    : sheet.text(column, row) || "–";
  document.getElementById("one-body").replaceChildren(...(isFinding ? finding(sheet, row) : fields(sheet, row)));
  document.getElementById("one-previous").disabled = at <= 0;
  document.getElementById("one-next").disabled = at >= order.length - 1;
  if (isFinding) mark(`d=${encodeURIComponent(sheet.value("discrepancy_id", row))}`);
}

function step(by) {
  one.at = Math.max(0, Math.min(one.order.length - 1, one.at + by));
  showOne();
}

function finding(sheet, row) {
  const value = (field) => sheet.value(field, row);
  const inLanguage = (field) => (Page.language === "zh" && value(`${field}_zh`)) || value(field) || "";
  const code = value("currency") || Page.currency;
  const amount = (field) => (value(field) === null ? "–" : `${money(value(field), code)} ${code}`);
  const severity = value("severity");
  const source = value("source") && shown(value("source"));
  const sheetName = value("source_sheet");
  const link = `#d=${encodeURIComponent(value("discrepancy_id"))}`;
  return [
    element(
      "p",
      { class: "one-kind" },
      element("span", { class: `badge is-${severity}`, text: Page.label("severity", severity) }),
      element("code", { text: value("type") }),
    ),
    ...said("reason", inLanguage("reason")),
    ...said("next_step", inLanguage("next_step")),
    element(
      "dl",
      { class: "cards figures" },
      ...["expected", "actual", "impact"].map((field) =>
        element("div", {}, element("dt", { text: Page.word(field) }), element("dd", { text: amount(`${field}_minor`) })),
      ),
    ),
    ...facts("keys", value("keys")),
    ...facts("evidence", value("evidence")),
    ...facts("diffs", value("diffs")),
    ...handling(sheet, row),
    element("h3", { text: Page.word("source") }),
    element("p", { class: "mono", text: source ? `${source}${sheetName ? ` (${shown(sheetName)})` : ""}` : "–" }),
    element("p", {}, element("a", { href: link, text: Page.word("link") })),
  ];
}

function said(heading, text) {
  return text ? [element("h3", { text: Page.word(heading) }), element("p", { text: shown(text) })] : [];
}

function facts(heading, text) {
  const found = text && parsed(text);
  const other = (key) => (Page.language === "zh" ? `${key}_zh` in found : key.endsWith("_zh"));
  const isSaid = ([key, value]) => value !== null && value !== "" && !other(key);
  const pairs = found ? Object.entries(found).filter(isSaid) : [];
  if (!pairs.length) return [];
  const named = pairs.map(([key, value]) => {
    const plain = key.replace(/_zh$/, "");
    return [factName(plain), Page.label(plain, value)];
  });
  return [element("h3", { text: Page.word(heading) }), list(named)];
}

function list(pairs) {
  const parts = pairs.map(([label, text]) => element("div", {}, element("dt", { text: shown(label) }), element("dd", { text: shown(text) })));
  return element("dl", { class: "facts" }, ...parts);
}

function handling(sheet, row) {
  const pairs = ["reconciliation", "state", "owner", "due_on", "claimable"].map((field) => {
    const column = sheet.find(field);
    return [Page.say(column.t), sheet.text(column, row)];
  });
  for (const field of ["cause", "resolution"]) {
    if (sheet.value(field, row)) pairs.push([Page.word(field === "cause" ? "cause" : "resolution"), sheet.value(field, row)]);
  }
  return [element("h3", { text: Page.word("handling") }), list(pairs.filter(([, text]) => text))];
}

function fields(sheet, row) {
  return [list(sheet.columns.map((column) => [Page.say(column.t), sheet.text(column, row, true) || "–"]))];
}

/* ---- links to places ---- */

/** Name the place in the address without a step in the history: a link that is copied leads here. */
function mark(place) {
  history.replaceState(null, "", place ? `#${place}` : location.pathname + location.search);
}

async function follow() {
  const [what, rest] = location.hash.slice(1).split("=");
  if (what === "rows" && rest) {
    const at = rest.lastIndexOf("/");
    const name = decodeURIComponent(rest.slice(0, at));
    const row = Number(rest.slice(at + 1));
    if (Page.sheets[name]?.behind && row >= 0 && row < Page.sheets[name].rows) await openRows(name, row);
  } else if (what === "d" && rest && Page.sheets[FRONT]) {
    const sheet = await Sheet.of(FRONT).open();
    const at = sheet.values.discrepancy_id.indexOf(decodeURIComponent(rest));
    if (at >= 0) await openOne(FRONT, at, [...Array(sheet.rows).keys()]);
  }
}

function dialogs() {
  for (const dialog of [rowsDialog, oneDialog]) {
    dialog.querySelector(".close").addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  }
  rowsDialog.addEventListener("close", () => {
    endRows();
    mark("");
  });
  oneDialog.addEventListener("close", () => mark(""));
  document.getElementById("one-previous").addEventListener("click", () => step(-1));
  document.getElementById("one-next").addEventListener("click", () => step(1));
}

controls();
for (const table of document.querySelectorAll("table[data-sheet]")) dressTable(table);
dialogs();
watch();
window.addEventListener("hashchange", follow);
follow();
root.dataset.ready = "1";
