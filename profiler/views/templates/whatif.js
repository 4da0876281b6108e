"use strict";
(() => {
  // data: fields, tiers, categories, parts (what they cost is a column x inputs), sizes with a
  // column per part, and shapes. A column is [point, number] where all draws are equal, else
  // [point, mean, shape]: its draws are the mean x those of a shape, which are 16-bit counts of
  // a step from the lowest, or of a step of the logarithm. Draw i of every column belongs together.
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
  const unpacked = (shape) =>
    Float64Array.from(counts(shape.counts), (n) =>
      "log_step" in shape ? shape.low * Math.exp(shape.log_step * n) : shape.low + shape.step * n);
  const shapes = data.shapes.map(unpacked);

  // The values of a column, the point first.
  function values([point, mean, shape]) {
    const all = new Float64Array(data.draws + 1).fill(mean);
    if (shape !== undefined) shapes[shape].forEach((value, i) => { all[i + 1] = mean * value; });
    all[0] = point;
    return all;
  }

  const planned = data.fields.map(values);
  const share = values(data.share);

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

  // The value below which a share of the draws lies, in a line between two of them.
  function quantile(sorted, part) {
    const place = (sorted.length - 1) * part;
    const before = Math.floor(place);
    const after = Math.min(before + 1, sorted.length - 1);
    return sorted[before] + (place - before) * (sorted[after] - sorted[before]);
  }

  // given: per field a number, or null for what the plan says.
  function reckon(number, method, given) {
    const columns = data.sizes[number].columns.map(values);
    const inputs = planned.map((own, i) => (given[i] === null ? own : own.slice().fill(given[i])));
    const isKept = (part) => part.kept < 0 || inputs[part.kept].some((value) => value > 0);
    const used = data.parts.map((part) => (part.method === "" || part.method === method) && isKept(part));
    const means = data.tiers.map((tiers, t) => {
      const volume = new Float64Array(share.length);
      data.parts.forEach((part, i) => {
        if (used[i] && part.tiers === t) columns[i].forEach((value, k) => { volume[k] += value; });
      });
      return volume.map((tb, k) => tierMean(tiers, tiers.fields.map((field) => inputs[field][k]), tb));
    });
    const points = data.categories.map(() => 0);
    const sums = new Float64Array(share.length);
    data.parts.forEach((part, i) => {
      if (!used[i]) return;
      const usd = columns[i].map((value, k) => {
        const price = part.tiers < 0 ? 1 : means[part.tiers][k];
        return part.inputs.reduce((product, input) => product * inputs[input][k], value * price);
      });
      points[part.category] += usd[0];
      usd.forEach((value, k) => { sums[k] += value; });
    });
    const usd = sums.map((value, k) => value * (1 + share[k]));
    const draws = usd.slice(1).sort();
    return {
      points,
      added: usd[0] - sums[0],
      point: usd[0],
      low: quantile(draws, LOW),
      high: quantile(draws, HIGH),
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
