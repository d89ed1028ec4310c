"use strict";
/* Tables of the page: opened when somebody looks at them, and written exactly. Text is only ever set as text, never as HTML. */
const Page = JSON.parse(document.getElementById("page-data").textContent);
Page.language = document.documentElement.dataset.lang;

/** A pair of English and Chinese in the language that is shown. */
Page.say = (pair) => shown(pair[Page.language === "zh" ? 1 : 0]);

/** A word of the page, with its places filled. */
Page.word = (key, places = {}) =>
  Page.say(Page.words[key]).replace(/\{(\w+)\}/g, (all, name) => (name in places ? places[name] : all));

/** What a code such as `high` is called. */
Page.label = (list, code) => {
  const pair = list === "type" ? Page.types[code] : (Page.codes[list] || {})[code];
  return pair ? Page.say(pair) : shown(String(code));
};

Page.count = (value) => group(String(value));

function group(digits) {
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** Text with invisible and direction-turning characters spelled out, as in the parts that stand in the page. */
function shown(text) {
  return text.replace(
    // eslint-disable-next-line no-control-regex
    /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (one) => "\\u" + one.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

/** Whole minor units as text with the currency's decimals: by its digits, so that no amount is ever rounded. */
function money(minor, currency) {
  const decimals = Page.exponents[currency] ?? 0;
  let digits = String(minor);
  const sign = digits.startsWith("-") ? "-" : "";
  digits = digits.slice(sign.length).padStart(decimals + 1, "0");
  const whole = decimals ? digits.slice(0, -decimals) : digits;
  return sign + group(whole) + (decimals ? "." + digits.slice(-decimals) : "");
}

const NUMERIC = new Set(["count", "money", "share", "number"]);

/** A table: its columns as arrays, unpacked once. */
class Sheet {
  constructor(name) {
    this.name = name;
    this.about = Page.sheets[name];
    this.columns = this.about.columns;
    this.rows = this.about.rows;
    this.values = null;
  }

  static of(name) {
    Sheet.all ??= new Map();
    if (!Sheet.all.has(name)) Sheet.all.set(name, new Sheet(name));
    return Sheet.all.get(name);
  }

  open() {
    this.opening ??= unpacked(this.about.data).then((values) => {
      this.values = values;
      return this;
    });
    return this.opening;
  }

  value(name, row) {
    const column = this.values[name];
    const value = column === undefined ? null : column[row];
    return value === undefined ? null : value;
  }

  currency(column, row) {
    return (column.c && this.value(column.c, row)) || Page.currency;
  }

  /** A cell as people read it. */
  text(column, row, alone = false) {
    const value = this.value(column.n, row);
    if (value === null) return "";
    switch (column.k) {
      case "money": {
        const code = this.currency(column, row);
        return column.one && !alone ? money(value, code) : `${money(value, code)} ${code}`;
      }
      case "share":
        return `${group((Number(value) * 100).toFixed(1))} %`;
      case "count":
        return group(String(value));
      case "number":
        return typeof value === "number" ? group(String(Math.round(value * 100) / 100)) : String(value);
      case "flag":
        return Page.word(value ? "yes" : "no");
      default:
        if (column.n === "keys") return identifiers(value);
        if (column.code) return Page.label(column.code, value);
        return shown(String((Page.language === "zh" && this.value(`${column.n}_zh`, row)) || value));
    }
  }

  /** What a cell is sorted by: figures by size, flags and text as they are; nothing last. */
  order(column, row) {
    const value = this.value(column.n, row);
    if (value === null) return null;
    if (column.code === "severity") return Object.keys(RANKS).includes(value) ? RANKS[value] : -1;
    if (NUMERIC.has(column.k)) return typeof value === "string" ? Number(value) : value;
    return typeof value === "string" ? this.text(column, row) : value;
  }

  find(name) {
    return this.columns.find((column) => column.n === name);
  }

  heading(column) {
    const unit = column.one || column.u;
    return unit ? `${Page.say(column.t)} (${unit})` : Page.say(column.t);
  }
}

const RANKS = { info: 0, low: 1, medium: 2, high: 3, critical: 4 };

/** `{"bill_no":"1","leg":"out"}` as `1 · out`: what they are called stands in the details. */
function identifiers(text) {
  const found = parsed(text);
  return found ? shown(Object.values(found).filter((one) => one !== null && one !== "").join(" · ")) : shown(text);
}

function parsed(text) {
  try {
    const value = JSON.parse(text);
    return value && typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

function compare(left, right) {
  if (left === null) return right === null ? 0 : 1;
  if (right === null) return -1;
  if (typeof left === "string" && typeof right === "string") return collator().compare(left, right);
  return left < right ? -1 : left > right ? 1 : 0;
}

function collator() {
  collator.now ??= new Map();
  if (!collator.now.has(Page.language)) {
    const tag = Page.language === "zh" ? "zh-Hans-CN" : "en";
    collator.now.set(Page.language, new Intl.Collator(tag, { numeric: true }));
  }
  return collator.now.get(Page.language);
}

async function unpacked(name) {
  if (typeof DecompressionStream === "undefined") throw new Error("DecompressionStream");
  const element = document.getElementById(`packed-${name}`);
  const text = element.textContent;
  const bytes = Uint8Array.fromBase64 ? Uint8Array.fromBase64(text) : Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const table = JSON.parse(await new Response(stream).text());
  const values = {};
  for (const [column, held] of Object.entries(table.c)) values[column] = listed(held);
  return values;
}

function listed(held) {
  if (held.i) return held.i.map((at) => held.d[at]);
  if (held.t === "i") return held.v.map((one) => (typeof one === "string" ? BigInt(one) : one));
  return held.v;
}

/** What a fact such as `bill_no` is called. */
function factName(key) {
  const pair = Page.facts[key];
  return pair ? Page.say(pair) : key.replaceAll("_", " ");
}

/** An element with text and children. */
function element(tag, about = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(about)) {
    if (name === "text") made.textContent = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}
