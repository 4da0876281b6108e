"use strict";
(() => {
  // data: fields (a point, and draws where it has a range), tiers, categories, parts (what they
  // cost is a column x inputs), and sizes. A column is [point, draws]; draws are a number where
  // all are equal, or 16-bit counts of a step. At a size only some draws are carried: "ranks" are
  // their numbers, and "weights" say for how many of all draws each stands; both are apart for
  // each way of paying for storage.
  const LOW = 0.05;
  const HIGH = 0.95;
  const panel = document.getElementById("what-if-panel");
  const data = JSON.parse(document.getElementById("what-if-data").textContent);
  const slider = document.getElementById("what-if-size");
  const total = document.getElementById("what-if-total");
  const fields = data.fields.map((_, i) => document.getElementById(`what-if-field-${i}`));
  const methods = [...panel.querySelectorAll("input[name=what-if-storage]")];
  const format = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 4 });

  const counts = (text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return Uint16Array.from({ length: bytes.length / 2 }, (_, i) => bytes[2 * i] + 256 * bytes[2 * i + 1]);
  };
  const unpacked = (packed) =>
    typeof packed === "number" ? packed : Float64Array.from(counts(packed.counts), (n) => packed.low + packed.step * n);
  const column = (point, draws, length, place) => {
    const values = new Float64Array(length + 1).fill(typeof draws === "number" ? draws : 0);
    values[0] = point;
    if (typeof draws !== "number") for (let i = 0; i < length; i += 1) values[i + 1] = draws[place(i)];
    return values;
  };

  const drawsOfFields = data.fields.map((field) => unpacked(field.draws));
  const drawsOfParts = data.parts.map((part) => part.fixed && unpacked(part.fixed[1]));
  const drawsOfShare = unpacked(data.share[1]);
  const opened = new Map();

  // Columns of a size, the point first.
  function open(number, method) {
    const key = `${method} ${number}`;
    if (opened.has(key)) return opened.get(key);
    const size = data.sizes[number].methods[method];
    const ranks = counts(size.ranks);
    const all = (point, draws) => column(point, draws, ranks.length, (i) => ranks[i]);
    const columns = [];
    data.parts.forEach((part, i) => {
      const own = size.columns[i];
      if (part.fixed) columns.push(all(part.fixed[0], drawsOfParts[i]));
      else if (own === null) columns.push(new Float64Array(ranks.length + 1));
      else if (typeof own === "number") columns.push(columns[own]);
      else columns.push(column(own[0], unpacked(own[1]), ranks.length, (j) => j));
    });
    const found = {
      columns,
      weights: counts(size.weights),
      fields: data.fields.map((field, i) => all(field.point, drawsOfFields[i])),
      share: all(data.share[0], drawsOfShare),
    };
    opened.set(key, found);
    return found;
  }

  // The mean of a price in tiers over a volume in TB.
  function tierMean(tiers, prices, volume) {
    if (!(volume > 0)) return prices[0];
    let usd = 0;
    let start = 0;
    tiers.ends_tb.forEach((end, i) => {
      const last = end === null ? Infinity : end;
      usd += Math.min(Math.max(volume - start, 0), last - start) * prices[i];
      start = last;
    });
    return usd / volume;
  }

  // The value below which a share of all draws lies, between the middles of what draws stand for.
  function quantile(values, weights, share) {
    const order = [...weights.keys()].sort((a, b) => values[a + 1] - values[b + 1]);
    const wanted = (data.draws - 1) * share;
    let start = 0;
    let before = null;
    for (const i of order) {
      const middle = start + (weights[i] - 1) / 2;
      const value = values[i + 1];
      if (middle >= wanted) {
        if (before === null || middle === wanted) return value;
        return before.value + ((value - before.value) * (wanted - before.middle)) / (middle - before.middle);
      }
      before = { middle, value };
      start += weights[i];
    }
    return before.value;
  }

  // given: per field a number, or null for what the plan says.
  function reckon(number, method, given) {
    const size = open(number, method);
    const inputs = size.fields.map((own, i) => (given[i] === null ? own : own.slice().fill(given[i])));
    const isKept = (part) => part.kept < 0 || inputs[part.kept].some((value) => value > 0);
    const used = data.parts.map((part) => (part.method === "" || part.method === method) && isKept(part));
    const means = data.tiers.map((tiers, t) => {
      const volume = new Float64Array(size.share.length);
      data.parts.forEach((part, i) => {
        if (used[i] && part.tiers === t) size.columns[i].forEach((value, k) => { volume[k] += value; });
      });
      return volume.map((tb, k) => tierMean(tiers, tiers.fields.map((field) => inputs[field][k]), tb));
    });
    const points = data.categories.map(() => 0);
    const sums = new Float64Array(size.share.length);
    data.parts.forEach((part, i) => {
      if (!used[i]) return;
      const usd = size.columns[i].map((value, k) => {
        const price = part.tiers < 0 ? 1 : means[part.tiers][k];
        return part.inputs.reduce((product, input) => product * inputs[input][k], value * price);
      });
      points[part.category] += usd[0];
      usd.forEach((value, k) => { sums[k] += value; });
    });
    const usd = sums.map((value, k) => value * (1 + size.share[k]));
    return {
      points,
      added: usd[0] - sums[0],
      point: usd[0],
      low: quantile(usd, size.weights, LOW),
      high: quantile(usd, size.weights, HIGH),
    };
  }

  function valueOf(input) {
    const value = input.valueAsNumber;
    const isFault = !Number.isFinite(value) || value < 0;
    input.setAttribute("aria-invalid", String(isFault));
    return isFault || value === Number(input.defaultValue) ? null : value;
  }

  const money = (usd) => `${format.format(usd)} USD`;
  const write = (id, text) => { document.getElementById(id).textContent = text; };

  function update() {
    const number = Number(slider.value);
    const size = data.sizes[number];
    const method = methods.find((each) => each.checked).value;
    for (const row of panel.querySelectorAll("[data-method]")) {
      row.hidden = row.dataset.method !== "" && row.dataset.method !== method;
    }
    const given = fields.map(valueOf);
    const found = reckon(number, method, given);
    slider.setAttribute("aria-valuetext", size.label);
    write("what-if-label", size.label);
    total.textContent = `${money(found.point)} (${format.format(found.low)} to ${format.format(found.high)})`;
    for (const name of ["point", "low", "high"]) total.setAttribute(`data-${name}`, String(found[name]));
    write("what-if-per-tb", money(found.point / size.raw_tb));
    write("what-if-per-tokens", size.clean_tokens ? money((found.point / size.clean_tokens) * 1e9) : "no point known");
    found.points.forEach((usd, i) => write(`what-if-category-${i}`, money(usd)));
    write("what-if-added", money(found.added));
    size.facts.forEach((text, i) => write(`what-if-fact-${i}`, text));
    document.getElementById("what-if-bounds").hidden = size.state !== "bounds";
    document.getElementById("what-if-thinned").hidden = given.every((value) => value === null);
    document.getElementById("what-if-fault").hidden = !fields.some((input) => input.getAttribute("aria-invalid") === "true");
  }

  function reset() {
    slider.value = slider.defaultValue;
    for (const input of fields) input.value = input.defaultValue;
    for (const each of methods) each.checked = each.defaultChecked;
  }

  // #size=1PB&storage=rented&price.ec2-c6i=0.05 opens the page with these values.
  function readAddress() {
    for (const text of location.hash.slice(1).split("&")) {
      const [key, value] = text.split("=").map(decoded);
      if (value === undefined) continue;
      if (key === "size") {
        const place = data.sizes.findIndex((size) => size.label.replaceAll(" ", "") === value.replaceAll(" ", ""));
        if (place >= 0) slider.value = String(place);
      }
      for (const each of methods) if (key === "storage" && each.value === value) each.checked = true;
      for (const input of fields) if (input.dataset.key === key) input.value = value;
    }
  }

  function decoded(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  panel.addEventListener("input", update);
  document.getElementById("what-if-reset").addEventListener("click", () => { reset(); update(); });
  window.addEventListener("hashchange", () => { readAddress(); update(); });
  readAddress();
  update();
  panel.hidden = false;
})();
