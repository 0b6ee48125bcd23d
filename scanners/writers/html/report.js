"use strict";
// Filters, sorts and copies; everything is on the page without it. What is filtered stands in the address.
(() => {
  const $ = (selector, inside = document) => inside.querySelector(selector);
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const said = $("#said");
  const form = $("#filter");
  const ours = ["q", "severity", "outcome", "stack", "service", "rule", "category", "owner", "known", "sort", "theme"];
  const places = ["outcome", "stack", "service", "owner", "known"]; // in the order of data-f
  const address = () => new URLSearchParams(location.search);

  function keep(state) {
    const query = address();
    ours.filter((name) => name in state).forEach((name) => (state[name] ? query.set(name, state[name]) : query.delete(name)));
    const text = query.toString();
    try {
      history.replaceState(null, "", location.pathname + (text ? `?${text}` : "") + location.hash);
    } catch { /* a viewer that shows the page elsewhere does not let it change its address */ }
  }

  // theme
  const theme = $("#theme");
  const themes = ["auto", "light", "dark"];
  function paint(name) {
    if (name === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
    $("span", theme).textContent = name;
  }
  let current = themes.includes(address().get("theme")) ? address().get("theme") : "auto";
  paint(current);
  theme.hidden = false;
  theme.addEventListener("click", () => {
    current = themes[(themes.indexOf(current) + 1) % themes.length];
    paint(current);
    keep({ theme: current === "auto" ? "" : current });
  });

  // copy: a button beside each code, made when the code comes into sight
  function copyable(pre) {
    if (pre.dataset.copy) return;
    pre.dataset.copy = "1";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(pre.textContent);
      } catch {
        const range = document.createRange();
        range.selectNodeContents(pre);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        document.execCommand("copy");
      }
      said.textContent = "Copied.";
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; said.textContent = ""; }, 2000);
    });
    pre.before(button);
  }
  document.addEventListener("toggle", (event) => {
    const opened = event.target;
    if (opened.open && opened.matches(".row, .fix")) all("pre", opened).forEach(copyable);
  }, true);
  all(".row[open] pre, .fix[open] pre").forEach(copyable);

  // what an anchor names is opened with all around it
  function reveal() {
    let name = location.hash.slice(1);
    try { name = decodeURIComponent(name); } catch { /* no text: no anchor either */ }
    const target = name && document.getElementById(name);
    if (!target) return;
    for (let part = target; part; part = part.parentElement) {
      if (part.localName === "details") part.open = true;
      if (part.matches(".row, .group")) part.hidden = false;
    }
    target.scrollIntoView();
  }
  addEventListener("hashchange", reveal);

  // print opens everything, and closes it again
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("details:not([open])");
    closed.forEach((part) => { part.open = true; });
  });
  addEventListener("afterprint", () => closed.forEach((part) => { part.open = false; }));

  if (!form) { reveal(); return; }

  const groups = all(".group").map((element) => ({
    element,
    ...element.dataset,
    rows: all(".row", element).map((row) => ({ element: row, facets: row.dataset.f.split(" ").map(Number), text: "" })),
    text: "",
  }));
  const total = groups.reduce((sum, group) => sum + group.rows.length, 0);
  const first = groups.map((group) => group.element.open);
  const number = new Intl.NumberFormat("en");

  function values() {
    const data = new FormData(form);
    return Object.fromEntries(ours.filter((name) => name !== "theme").map((name) => [name, data.getAll(name).join(",")]));
  }

  // the numbers that data-f holds for the values that are chosen; null for all
  function wanted(name, chosen) {
    if (!chosen) return null;
    const field = form.elements[name];
    const known = field.options ? [...field.options].slice(1).map((option) => option.value)
      : all(`[name="${name}"]`, form).map((box) => box.value);
    const picked = field.options ? [chosen] : chosen.split(",");
    return new Set(picked.map((value) => known.indexOf(value) + 1));
  }

  function filter() {
    const state = values();
    const facets = places.map((name) => (form.elements[name] ? wanted(name, state[name]) : null));
    const severities = state.severity && state.severity.split(",");
    const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    const isNarrow = Object.entries(state).some(([name, value]) => value && name !== "sort");
    let shown = 0;
    let rules = 0;
    for (const group of groups) {
      const fits = (!severities || severities.includes(group.severity)) && (!state.rule || state.rule === group.rule)
        && (!state.category || state.category === group.category);
      let here = 0;
      for (const row of group.rows) {
        let visible = fits && facets.every((set, place) => !set || set.has(row.facets[place]));
        if (visible && words.length) {
          group.text ||= `${$("h3", group.element).textContent} ${$(".about", group.element).textContent}`.toLowerCase();
          row.text ||= row.element.textContent.toLowerCase();
          visible = words.every((word) => row.text.includes(word) || group.text.includes(word));
        }
        if (row.element.hidden === visible) row.element.hidden = !visible;
        if (visible) here += 1;
      }
      group.element.hidden = !here;
      if (here < group.rows.length) group.element.dataset.shown = `${number.format(here)} shown`;
      else delete group.element.dataset.shown;
      group.shown = here;
      shown += here;
      if (here) rules += 1;
    }
    const many = (count, what) => `${number.format(count)} ${what}${count === 1 ? "" : "s"}`;
    $("#shown").textContent = isNarrow
      ? `${number.format(shown)} of ${many(total, "finding")}, ${many(rules, "rule")}`
      : `${many(total, "finding")}, ${many(rules, "rule")}`;
    $("#none").hidden = shown > 0;
    return { state, isNarrow, shown };
  }

  function sort(how) {
    const ordered = [...groups];
    if (how === "most") ordered.sort((a, b) => b.shown - a.shown);
    if (how === "name") ordered.sort((a, b) => a.rule.localeCompare(b.rule));
    const parent = $("#groups");
    if (ordered.some((group, place) => parent.children[place] !== group.element)) parent.append(...ordered.map((group) => group.element));
  }

  function update() {
    const { state, isNarrow, shown } = filter();
    sort(state.sort);
    if (isNarrow && shown <= 60) groups.forEach((group) => { if (group.shown) group.element.open = true; });
    keep(state);
  }

  function restore() {
    const query = address();
    for (const name of ours) {
      const value = query.get(name);
      const field = form.elements[name];
      if (!value || !field) continue;
      const boxes = all(`[type="checkbox"][name="${name}"]`, form);
      if (boxes.length) boxes.forEach((box) => { box.checked = value.split(",").includes(box.value); });
      else if (!field.options || [...field.options].some((option) => option.value === value)) field.value = value;
    }
  }

  let waiting = 0;
  form.addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(update, event.target.type === "search" ? 150 : 0);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => {
    groups.forEach((group, place) => { group.element.open = first[place]; });
    update();
  }));
  $("#open").addEventListener("click", () => groups.forEach((group) => { if (!group.element.hidden) group.element.open = true; }));
  $("#close").addEventListener("click", () => groups.forEach((group) => { group.element.open = false; }));
  form.hidden = false;
  restore();
  update();
  reveal();
})();
