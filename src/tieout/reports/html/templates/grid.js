"use strict";
/* A table that is sorted, searched and filtered: Tabulator draws what is in sight, the rest is worked out in columns. */

/** What a filter box of figures says: `5`, `>100`, `<=0`, `5..20`; null where it says nothing that is understood. */
function range(text) {
  const plain = text.replace(/[,\s%]/g, "");
  let found = /^(-?\d*\.?\d+)?\.\.(-?\d*\.?\d+)?$/.exec(plain);
  if (found) return (value) => (!found[1] || value >= Number(found[1])) && (!found[2] || value <= Number(found[2]));
  found = /^(<=|>=|<|>|=)?(-?\d*\.?\d+)$/.exec(plain);
  if (!found) return null;
  const bound = Number(found[2]);
  return {
    "<": (value) => value < bound,
    "<=": (value) => value <= bound,
    ">": (value) => value > bound,
    ">=": (value) => value >= bound,
  }[found[1]] || ((value) => value === bound);
}

class Grid {
  /**
   * @param sheet Open sheet.
   * @param host Element that it is put into.
   * @param about `title` for screen readers, `rows` to begin with (indices; all unless given), `without` (names of columns that
   *   are not shown), `open(row, order)`.
   */
  constructor(sheet, host, about) {
    this.sheet = sheet;
    this.host = host;
    this.about = about;
    this.base = about.rows || null;
    this.columns = this.seen();
    this.filters = new Map();
    this.search = "";
    this.sorted = null;
    this.active = 0;
    this.build();
  }

  build() {
    const id = `grid-${(Grid.made = (Grid.made || 0) + 1)}`;
    this.box = element("input", { type: "search", id: `${id}-search`, autocomplete: "off", spellcheck: "false" });
    this.box.addEventListener("input", () => this.later(() => this.searchFor(this.box.value)));
    this.status = element("p", { class: "grid-status", role: "status", "aria-live": "polite" });
    this.toolbar = element(
      "div",
      { class: "grid-tools" },
      element("label", { for: `${id}-search`, text: Page.word("search") }),
      this.box,
      element("button", { type: "button", class: "grid-clear", text: Page.word("clear"), onclick: () => this.clear() }),
      element("button", { type: "button", class: "grid-csv", text: Page.word("csv"), onclick: () => this.save() }),
    );
    this.place = element("div", { class: "grid-place", "aria-label": this.about.title });
    const help = element("p", { class: "grid-help", id: `${id}-help`, text: Page.word("grid_help") });
    this.place.setAttribute("aria-describedby", help.id);
    this.host.replaceChildren(this.toolbar, this.status, this.place, help);
    this.work();
    this.table = new Tabulator(this.place, {
      data: this.order.map((row) => ({ id: row })),
      index: "id",
      height: this.height(),
      layout: "fitColumns",
      renderVerticalBuffer: 400,
      headerSortTristate: true,
      sortMode: "remote", // rows come sorted and filtered from here
      filterMode: "remote",
      headerVisible: true,
      columnDefaults: { headerSort: false, resizable: "header" },
      columns: this.columns.map((column, at) => this.column(column, at)),
      rowFormatter: (row) => this.dress(row),
      placeholder: () => Page.word("no_rows"),
    });
    this.ready = new Promise((done) => this.table.on("tableBuilt", () => done(this)));
    this.table.on("rowClick", (event, row) => this.opened(row.getData().id));
    this.place.addEventListener("keydown", (event) => this.key(event));
    this.ready.then(() => this.name()).then(() => this.told()).then(() => this.prepare());
  }

  /** The part that scrolls can be focused, so it has to be a part of the grid for those who hear it. */
  name() {
    this.place.querySelector(".tabulator-tableholder").setAttribute("role", "rowgroup");
    this.place.querySelector(".tabulator-table").setAttribute("role", "none");
    this.place.removeAttribute("aria-owns");
  }

  /** Make ready what a first search needs, while nobody waits for it. */
  prepare() {
    const idle = window.requestIdleCallback || ((act) => setTimeout(act, 300));
    idle(() => this.table.element.isConnected && this.haystack());
  }

  /** Columns that say something of these rows: of the rows behind a figure many have but a few. */
  seen() {
    const { sheet, base } = this;
    if (!base || sheet.name === "discrepancies") return sheet.columns;
    const { without = [] } = this.about;
    const says = (column) => base.some((row) => sheet.values[column.n][row] !== null);
    const some = sheet.columns.filter((column) => !without.includes(column.n) && says(column));
    return some.length ? some : sheet.columns;
  }

  height() {
    const wanted = 96 + 34 * Math.min(this.order.length, 16);
    return Math.min(wanted, Math.max(260, Math.round(window.innerHeight * 0.62)));
  }

  column(column, at) {
    const figures = column.right;
    return {
      field: `c${at}`,
      title: "",
      minWidth: column.w,
      widthGrow: figures ? 1 : 2,
      hozAlign: figures ? "right" : "left",
      headerHozAlign: figures ? "right" : "left",
      titleFormatter: () => this.head(column),
      formatter: (cell) => this.cell(column, cell.getData().id),
    };
  }

  /** Heading: a button that sorts, and a box that filters. */
  head(column) {
    const title = this.sheet.heading(column);
    const button = element("button", { type: "button", class: "grid-sort", onclick: () => this.sortBy(column) });
    button.append(element("span", { text: title }), element("span", { class: "arrow", "aria-hidden": "true" }));
    column.button = button;
    const filter = this.filter(column, title);
    for (const kind of ["click", "mousedown", "keydown"]) filter.addEventListener(kind, (event) => event.stopPropagation());
    return element("div", { class: "grid-head" }, button, filter);
  }

  filter(column, title) {
    const label = `${Page.word("filter")}: ${title}`;
    const options = this.options(column);
    if (options) {
      const select = element("select", { "aria-label": label });
      select.append(element("option", { value: "", text: Page.word("any") }));
      for (const [value, text] of options) select.append(element("option", { value, text }));
      select.addEventListener("change", () => this.filterBy(column, select.value, "equal"));
      return select;
    }
    const figures = NUMERIC.has(column.k);
    const hint = Page.word(figures ? "from_to" : "contains");
    const input = element("input", { type: "text", "aria-label": `${label} (${hint})`, placeholder: hint, autocomplete: "off" });
    input.addEventListener("input", () => this.later(() => this.filterBy(column, input.value, figures ? "range" : "part")));
    return input;
  }

  /** Values to choose from, where a column has few. */
  options(column) {
    if (NUMERIC.has(column.k) || column.k === "time") return null;
    const values = this.sheet.values[column.n];
    const found = new Set();
    for (const row of this.base || values.keys()) {
      found.add(values[row]);
      if (found.size > 30) return null;
    }
    const many = (this.base || values).length;
    if (column.k !== "flag" && !column.code && found.size * 2 > many) return null;
    const first = (value) => (this.base || [...values.keys()]).find((row) => values[row] === value);
    return [...found]
      .map((value) => (value === null ? ["\u0000", Page.word("blank"), null] : this.option(column, value, first(value))))
      .sort((left, right) => compare(left[2], right[2]));
  }

  option(column, value, row) {
    return [String(value), this.sheet.text(column, row) || String(value), this.sheet.order(column, row)];
  }

  filterBy(column, text, how) {
    const values = this.sheet.values[column.n];
    let test = null;
    if (text !== "" && how === "equal") {
      test = (row) => (values[row] === null ? text === "\u0000" : String(values[row]) === text);
    } else if (text.trim() && how === "range") {
      const fits = range(text);
      const size = this.scale(column);
      test = fits && ((row) => values[row] !== null && fits(Number(values[row]) / size(row)));
    } else if (text.trim()) {
      const part = text.trim().toLowerCase();
      const known = new Map(); // values that repeat are looked at once
      test = (row) => {
        const value = values[row];
        if (!known.has(value)) known.set(value, this.sheet.text(column, row).toLowerCase().includes(part));
        return known.get(value);
      };
    }
    if (test) this.filters.set(column.n, test);
    else this.filters.delete(column.n);
    this.again();
  }

  /** By what a stored figure is divided to be the one that is shown. */
  scale(column) {
    if (column.k === "share") return () => 0.01;
    if (column.k !== "money") return () => 1;
    return (row) => 10 ** (Page.exponents[this.sheet.currency(column, row)] ?? 0);
  }

  searchFor(text) {
    this.search = text.trim().toLowerCase();
    this.again();
  }

  /** What is searched: all that is shown, and sentences that stand in the details. */
  haystack() {
    const kept = (this.sheet.haystack ??= {});
    if (kept[Page.language]) return kept[Page.language];
    const parts = this.sheet.columns.map((column) => (row) => this.sheet.text(column, row));
    for (const name of ["discrepancy_id", "type", Page.language === "zh" ? "reason_zh" : "reason"]) {
      const values = this.sheet.values[name];
      if (values) parts.push((row) => values[row] ?? "");
    }
    const all = new Array(this.sheet.rows);
    for (let row = 0; row < all.length; row += 1) {
      let text = "";
      for (const part of parts) text += `${part(row)}\n`;
      all[row] = text.toLowerCase();
    }
    kept[Page.language] = all;
    return all;
  }

  sortBy(column) {
    const same = this.sorted && this.sorted.column === column;
    const first = NUMERIC.has(column.k) || column.code === "severity" ? -1 : 1; // largest first
    if (same && this.sorted.way !== first) this.sorted = null;
    else this.sorted = { column, way: same ? -first : first };
    this.again();
  }

  /** Which rows are shown, in which order. */
  work() {
    const tests = [...this.filters.values()];
    const hay = this.search ? this.haystack() : null;
    const fits = (row) => (!hay || hay[row].includes(this.search)) && tests.every((test) => test(row));
    const rows = this.base || [...Array(this.sheet.rows).keys()];
    this.order = hay || tests.length ? rows.filter(fits) : rows;
    if (this.sorted) this.order = this.inOrder(this.order);
  }

  inOrder(rows) {
    const { column, way } = this.sorted;
    const ranks = this.ranks(column);
    const last = Number.MAX_SAFE_INTEGER;
    const by = (row) => (ranks[row] < 0 ? last : way * ranks[row]);
    return [...rows].sort((left, right) => by(left) - by(right) || left - right);
  }

  /** The place of each row by a column, worked out once: -1 where there is nothing. */
  ranks(column) {
    const kept = (this.sheet.ranks ??= {});
    const name = `${column.n} ${Page.language}`;
    if (kept[name]) return kept[name];
    const values = this.sheet.values[column.n];
    const orders = new Map();
    const keyOf = (row) => (column.k === "money" && !column.one ? `${this.sheet.currency(column, row)} ${values[row]}` : values[row]);
    const keys = values.map((value, row) => (value === null ? null : keyOf(row)));
    keys.forEach((key, row) => key !== null && !orders.has(key) && orders.set(key, this.sheet.order(column, row)));
    const places = new Map([...orders].sort((left, right) => compare(left[1], right[1])).map(([key], at) => [key, at]));
    // Equal figures of several currencies stand together, in the order of the file.
    kept[name] = keys.map((key) => (key === null ? -1 : places.get(key)));
    return kept[name];
  }

  again() {
    this.work();
    this.active = 0;
    return this.ready
      .then(() => this.table.replaceData(this.order.map((row) => ({ id: row }))))
      .then(() => this.told());
  }

  later(act) {
    clearTimeout(this.timer);
    this.timer = setTimeout(act, this.sheet.rows > 5000 ? 180 : 60);
  }

  clear() {
    this.filters.clear();
    this.search = "";
    this.box.value = "";
    for (const one of this.place.querySelectorAll(".grid-head input, .grid-head select")) one.value = "";
    this.again();
  }

  /** Say in the headings what sorts; the table forgets it with each new order. */
  markSorted() {
    for (const one of this.columns) {
      const way = this.sorted && this.sorted.column === one ? this.sorted.way : 0;
      one.button.dataset.way = way ? (way > 0 ? "up" : "down") : "";
      const said = way ? (way > 0 ? "ascending" : "descending") : "none";
      one.button.closest("[role=columnheader]")?.setAttribute("aria-sort", said);
    }
  }

  /** How many rows are shown, and what they sum to, for those who see it and those who hear it. */
  told() {
    this.markSorted();
    const total = (this.base || { length: this.sheet.rows }).length;
    const shownRows = this.order.length;
    const places = { shown: Page.count(shownRows), total: Page.count(total) };
    const said = shownRows < total ? "of_rows" : total === 1 ? "one_row" : "all_rows";
    const texts = [Page.word(said, places)];
    for (const column of this.columns) if (column.k === "money") texts.push(...this.sumOf(column));
    this.status.replaceChildren(...texts.map((text) => element("span", { text })));
    this.place.setAttribute("aria-rowcount", String(shownRows + 1));
    this.place.dataset.shown = String(shownRows);
  }

  sumOf(column) {
    if (column.n === "expected_minor" || column.n === "actual_minor") return []; // empty in some rows: their sum would mislead
    const values = this.sheet.values[column.n];
    const sums = new Map();
    for (const row of this.order) {
      const value = values[row];
      if (value === null) continue;
      const code = this.sheet.currency(column, row);
      sums.set(code, (sums.get(code) ?? 0n) + BigInt(value));
    }
    return [...sums].sort().map(([code, sum]) => `Σ ${Page.say(column.t)} ${money(sum, code)} ${code}`);
  }

  cell(column, row) {
    const text = this.sheet.text(column, row);
    const made = element("span", { text, title: text.length > 24 ? text : null });
    if (column.n === "severity") made.className = `badge is-${this.sheet.value("severity", row)}`;
    return made;
  }

  dress(row) {
    const made = row.getElement();
    const at = row.getPosition() || 0;
    made.setAttribute("tabindex", at === this.active + 1 ? "0" : "-1");
    made.setAttribute("aria-rowindex", String(at + 1));
    if (this.about.open) made.classList.add("can-open");
  }

  opened(row) {
    if (this.about.open) this.about.open(row, this.order);
  }

  async key(event) {
    const on = event.target.closest(".tabulator-row");
    const holder = event.target.classList.contains("tabulator-tableholder");
    if (!on && !holder) return;
    const page = 10;
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.order.length, End: this.order.length };
    if (event.key in moves) {
      event.preventDefault();
      event.stopPropagation();
      await this.focusRow(holder && event.key === "ArrowDown" ? this.active : this.active + moves[event.key]);
    } else if ((event.key === "Enter" || event.key === " ") && on) {
      event.preventDefault();
      this.opened(this.order[this.active]);
    }
  }

  async focusRow(at) {
    if (!this.order.length) return;
    const before = this.table.getRow(this.order[this.active]);
    if (before) before.getElement().setAttribute("tabindex", "-1");
    this.active = Math.max(0, Math.min(this.order.length - 1, at));
    const row = this.table.getRow(this.order[this.active]);
    const holder = this.place.querySelector(".tabulator-tableholder");
    // A row far away is drawn once its place is in sight, and may be drawn once more when the scrolling ends.
    for (let frame = 0, still = 0; frame < 60 && still < 3; frame += 1) {
      const made = row.getElement();
      if (!made.isConnected) holder.scrollTop = Math.round((holder.scrollHeight * this.active) / this.order.length);
      else if (document.activeElement === made) still += 1;
      else {
        still = 0;
        made.scrollIntoView({ block: "nearest" });
        made.setAttribute("tabindex", "0");
        made.focus({ preventScroll: true });
      }
      await new Promise((done) => requestAnimationFrame(done));
    }
  }

  /** The rows that are shown as CSV: what a spreadsheet would run as a formula is guarded. */
  save() {
    const cells = (row) => this.columns.map((column) => quoted(this.plain(column, row), NUMERIC.has(column.k)));
    const lines = [this.columns.map((column) => quoted(this.sheet.heading(column))).join(",")];
    for (const row of this.order) lines.push(cells(row).join(","));
    const link = element("a", {
      href: URL.createObjectURL(new Blob(["\ufeff", lines.join("\r\n"), "\r\n"], { type: "text/csv;charset=utf-8" })),
      download: `${Page.file}-${this.sheet.name}.csv`,
    });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  plain(column, row) {
    const text = this.sheet.text(column, row);
    return column.k === "money" || column.k === "count" ? text.replaceAll(",", "") : text;
  }

  end() {
    clearTimeout(this.timer);
    this.table.destroy();
  }
}

function quoted(text, isFigure = false) {
  let guarded = text;
  if (!isFigure && /^\s*[=+\-@\t\r]/.test(text) && !/^-?[\d.]+$/.test(text)) guarded = `'${text}`;
  else if (!isFigure && /^\d{12,}$/.test(text)) guarded = `${text}\t`; // a spreadsheet would shorten it
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}
