"use strict";
// The playground: other weights, answered from per-regime means of what one unit of every weight pays. Reads the JSON beside it; touches nothing else.
(() => {
  const data = JSON.parse(document.getElementById("playground-data").textContent);
  const root = document.getElementById("playground-app");
  const KINDS = ["guaranteed", "path", "uncertain", "shaping"];
  const STEPS = 50; // slider steps from 0 to the size of a weight

  // Elements and numbers

  function make(tag, attributes, ...children) {
    const element = tag.startsWith("svg:") ? document.createElementNS("http://www.w3.org/2000/svg", tag.slice(4)) : document.createElement(tag);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key === "text") element.textContent = value;
      else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
    }
    for (const child of children) if (child) element.append(child);
    return element;
  }
  const setText = (element, text) => { if (element.textContent !== text) element.textContent = text; };
  // A number as people read it, and in full precision beside it.
  const setNumber = (element, value, text) => { setText(element, text); element.dataset.value = String(value); };
  const sum = (list) => list.reduce((a, b) => a + b, 0);
  const tidy = (x) => Number(x.toPrecision(12));

  function decimals(values) {
    const largest = Math.max(0, ...values.filter(Number.isFinite).map(Math.abs));
    return largest > 0 ? Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(largest)))) : 2;
  }
  function signed(x, digits) {
    if (!Number.isFinite(x)) return "-";
    if (digits === undefined) {
      if (x === 0) return "0";
      digits = Math.min(9, Math.max(1, 2 - Math.floor(Math.log10(Math.abs(x)))));
    }
    if (Math.abs(x) >= 1e7) return (x < 0 ? "-" : "+") + Math.abs(x).toPrecision(3);
    const text = Math.abs(x).toFixed(digits);
    return /[1-9]/.test(text) ? (x < 0 ? "-" : "+") + text : text;
  }
  const percent = (share) => (Number.isFinite(share) ? (100 * share).toFixed(1) + "%" : "-");
  const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");

  // The arithmetic of the expected-value analysis: linear in the weights but for the standard errors

  const dot = (weights, row) => { let s = 0; for (let k = 0; k < weights.length; k++) s += weights[k] * row[k]; return s; };
  function quadratic(left, matrix, right) {
    let s = 0;
    for (let i = 0; i < left.length; i++) { let row = 0; for (let j = 0; j < right.length; j++) row += matrix[i][j] * right[j]; s += left[i] * row; }
    return s;
  }

  // Turns [K][...] into columns over K once, so that every step is plain products.
  function prepare(reward) {
    for (const regime of reward.regimes.flatMap((r) => (r.in_trade ? [r, r.in_trade] : [r]))) {
      if (!regime.bars) continue;
      regime.columns = KINDS.map((_, p) => reward.actions.map((_, a) => regime.parts.map((term) => term[p][a])));
      regime.mirror = reward.actions.map((_, a) => regime.mirrored.map((term) => term[a]));
    }
    reward.start = reward.terms.map((term) => term.weight);
    reward.size = sizes(reward);
    for (const regime of reward.regimes) {
      if (regime.bars) regime.shape = shapes(reward, regime);
      if (regime.in_trade) regime.in_trade.shape = { levels: levelShapes(regime.in_trade, reward.start, values(reward, regime.in_trade, reward.start).expected) };
    }
    reward.base = compute(reward, reward.start, 0.5);
    if (reward.emulator) reward.baseMix = emulate(reward, reward.start);
  }

  // What a slider's full step is worth: the weight itself; for a shadow term what would pay as much as the largest other term.
  function sizes(reward) {
    const spread = (k) => Math.sqrt(Math.max(0, ...reward.regimes.filter((r) => r.bars).map((r) =>
      Math.max(...reward.actions.map((_, a) => Math.abs(sum(KINDS.map((_, p) => r.columns[p][a][k]))))) ** 2 + r.covariances.long[k][k] * r.bars)));
    const most = Math.max(0, ...reward.terms.map((term, k) => Math.abs(term.weight) * spread(k)));
    return reward.terms.map((term, k) => {
      if (term.weight !== 0) return Math.abs(term.weight);
      const size = most > 0 && spread(k) > 0 ? most / spread(k) : 1;
      return 10 ** Math.round(Math.log10(size));
    });
  }

  const LEVELS = ["hold", "long", "short"], GAPS = [null, "longGap", "shortGap"], NUMERATORS = [null, "longNumerator", "shortNumerator"];
  const error = (weights, matrix) => Math.sqrt(Math.max(0, quadratic(weights, matrix, weights)));

  // How far the command line's interval reaches to either side, in our standard errors, at the file's weights.
  const reach = (interval, estimate, se) => (interval && se > 1e-300 ? [(estimate - interval[0]) / se, (interval[1] - estimate) / se] : [1.96, 1.96]);
  const levelShapes = (regime, w, expected) => LEVELS.map((name, a) => reach(regime.intervals[a], expected[a], error(w, regime.covariances[name])));
  const spread = (estimate, se, reach) => [estimate - reach[0] * se, estimate + reach[1] * se];
  const levelIntervals = (regime, w, expected) => LEVELS.map((name, a) => spread(expected[a], error(w, regime.covariances[name]), regime.shape.levels[a]));
  function shapes(reward, regime) {
    const at = values(reward, regime, reward.start);
    return {
      levels: levelShapes(regime, reward.start, at.expected),
      gap: reach(regime.gap_interval, at.gap, error(reward.start, regime.covariances[GAPS[at.z]])),
      breakEven: at.breakEven === null ? [1.96, 1.96] : reach(regime.break_even_interval, at.breakEven, at.breakEvenError),
    };
  }

  // Everything about one regime except intervals and words.
  function values(reward, regime, w) {
    const parts = KINDS.map((_, p) => reward.actions.map((_, a) => dot(w, regime.columns[p][a])));
    const certain = reward.actions.map((_, a) => parts[0][a] + parts[1][a]), doubtful = reward.actions.map((_, a) => parts[2][a] + parts[3][a]);
    const expected = certain.map((c, a) => c + doubtful[a]);
    const zero = certain.map((c, a) => c + 0.5 * (doubtful[a] + dot(w, regime.mirror[a])));
    const scale = Math.max(...expected.map(Math.abs), ...parts.flat().map(Math.abs));
    const z = zero[2] > zero[1] + 1e-9 * Math.max(1e-12, Math.abs(zero[1])) ? 2 : 1;
    const sure = certain[2] > certain[1] + 1e-12 * scale ? 2 : 1;
    const right = dot(w, regime.right), wrong = dot(w, regime.wrong);
    const numerator = certain[0] - certain[sure] + doubtful[0] - wrong, slope = right - wrong;
    const level = error(w, regime.covariances.long);
    const tolerance = 1e-9 * Math.max(scale, level * Math.sqrt(regime.bars));
    const breakEven = Math.abs(slope) <= 1e-12 * Math.max(Math.abs(right), Math.abs(wrong)) ? null : numerator / slope;
    let breakEvenError = NaN;
    if (breakEven !== null) {
      const c = regime.covariances, n = NUMERATORS[sure];
      const variance = quadratic(w, c[n], w) - 2 * breakEven * quadratic(w, c[n + "Slope"], w) + breakEven * breakEven * quadratic(w, c.slope, w);
      breakEvenError = Math.sqrt(Math.max(0, variance)) / Math.abs(slope);
    }
    return { parts, certain, doubtful, expected, zero, gap: zero[z] - zero[0], z, sure, numerator, slope, wrong, breakEven, breakEvenError, tolerance, premium: certain[0] - Math.max(certain[1], certain[2]) };
  }

  const tie = (x, tolerance, yes, no) => (Math.abs(x) <= tolerance ? "TIE" : x > 0 ? yes : no);

  function compute(reward, w, p) {
    const regimes = reward.regimes.filter((r) => r.bars > 0).map((regime) => {
      const v = values(reward, regime, w), shape = regime.shape;
      v.regime = regime;
      v.intervals = levelIntervals(regime, w, v.expected);
      if (regime.in_trade) {
        v.trade = values(reward, regime.in_trade, w);
        v.trade.intervals = levelIntervals(regime.in_trade, w, v.trade.expected);
      }
      v.gapInterval = spread(v.gap, error(w, regime.covariances[GAPS[v.z]]), shape.gap);
      v.breakEvenInterval = v.breakEven === null ? null : spread(v.breakEven, v.breakEvenError, shape.breakEven);
      v.greedy = tie(v.gap, reward.options ? 1e-9 * Math.max(...v.expected.map(Math.abs)) : v.tolerance, reward.options ? reward.actions[v.z] : "TRADE", "HOLD");
      v.straddles = v.greedy !== "TIE" && v.gapInterval[0] <= 0 && v.gapInterval[1] >= 0;
      v.skilled = v.certain[v.sure] + v.wrong + p * v.slope;
      v.greedyAt = tie(p * v.slope - v.numerator, v.tolerance, "TRADE", "HOLD");
      return v;
    });
    return { regimes, verdict: reward.options ? optionVerdict(regimes) : verdict(regimes), at: verdictAt(regimes), coin: sum(regimes.map((v) => v.regime.share * 0.5 * (v.expected[1] + v.expected[2]))) };
  }

  // The class and its sentence, as the command line words them

  function classify(hold, sides) {
    if (hold >= 0.8) return "hold_collapse";
    if (Math.max(0, ...sides) >= 0.8) return "one_sided";
    return hold <= 0.05 ? "always_trade" : "mixed";
  }
  const words = (text) => text.replace(/_/g, " ");
  const listed = (regimes) => {
    const names = regimes.map((v) => v.regime.name);
    return names.length === 0 ? "no regime" : names.length === 1 ? names[0] : names.slice(0, -1).join(", ") + " and " + names[names.length - 1];
  };
  const prefers = (v, a) => v.certain[a] > v.certain[3 - a] + 1e-9 * Math.max(Math.abs(v.certain[1]), Math.abs(v.certain[2]));

  function verdict(regimes) {
    const bars = Math.max(1, sum(regimes.map((v) => v.regime.bars)));
    const share = (test) => sum(regimes.filter(test).map((v) => v.regime.bars)) / bars;
    const sides = [1, 2].map((a) => share((v) => v.greedy === "TRADE" && prefers(v, a)));
    const low = classify(share((v) => v.greedy === "HOLD" && !v.straddles), sides), high = classify(share((v) => v.greedy === "HOLD" || v.straddles), sides);
    const kind = low === high ? low : "undecided";
    return { kind, sentence: sentence(kind, regimes, share((v) => v.greedy === "HOLD")) };
  }

  // Options are judged minute by minute, by what is known then: a class does not follow from the regimes' means.
  function optionVerdict(regimes) {
    const gaps = regimes.map((v) => signed(v.gap)).join(" / "), names = regimes.map((v) => v.regime.name).join(" / ");
    return { kind: "", sentence: "In the minute it is chosen, the better buy is paid " + gaps + " against HOLD at zero edge (" + names + "). The class is judged minute by minute: copy the YAML and ask assay ev." };
  }

  // At the hit rate of the slider there is no interval: what is given is not estimated.
  function verdictAt(regimes) {
    const bars = Math.max(1, sum(regimes.map((v) => v.regime.bars)));
    const share = (test) => sum(regimes.filter(test).map((v) => v.regime.bars)) / bars;
    return classify(share((v) => v.greedyAt === "HOLD"), [1, 2].map((a) => share((v) => v.greedyAt === "TRADE" && prefers(v, a))));
  }

  function sentence(kind, regimes, holdShare) {
    const trading = regimes.filter((v) => v.greedy !== "HOLD"), holding = regimes.filter((v) => v.greedy === "HOLD");
    const breakEvens = (list) => list.map((v) => (v.breakEven === null ? "no hit rate" : percent(v.breakEven))).join(" / ") + " (" + list.map((v) => v.regime.name).join(" / ") + ")";
    switch (kind) {
      case "always_trade":
        if (regimes.every((v) => v.greedy === "TIE"))
          return "always trades: HOLD cannot win in any regime, because nothing pays it and nothing charges a trade; at zero edge all actions tie, and any estimate of the next return, right or wrong, makes LONG or SHORT the better one";
        return "always trades: HOLD cannot win in any regime at zero edge, because the better trade beats it even for someone without skill (guaranteed pay of trading minus holding " +
          regimes.map((v) => signed(-v.premium)).join(" / ") + ", break-even hit rates " + breakEvens(regimes) + ")";
      case "hold_collapse":
        if (holding.length === regimes.length) return "only holds: at zero edge HOLD is the best action in every regime; trading pays only above a hit rate of " + breakEvens(regimes);
        return "mostly holds: at zero edge HOLD is the best action on " + percent(holdShare) + " of bars (" + listed(holding) + "); trading there pays only above a hit rate of " + breakEvens(holding);
      case "one_sided":
        return "one-sided: at zero edge one trading action is the best on at least 80% of bars, because its side is paid for certain (" + listed(trading) + ")";
      case "undecided":
        return "undecided: in " + listed(regimes.filter((v) => v.straddles)) + " the interval of the zero-edge gap between trading and holding contains zero, and the class turns on it";
      default: {
        let text = "mixed by regime, not by bar: at zero edge it trades in " + listed(trading) + " and holds in " + listed(holding) + " (" + percent(holdShare) + " of bars)";
        const rates = holding.map((v) => v.breakEven).filter((x) => x !== null);
        if (rates.length && Math.max(...rates) <= 1) text += "; above a hit rate of " + percent(Math.max(...rates)) + " it trades in every regime";
        return text;
      }
    }
  }

  function yaml(reward, w) {
    if (!reward.text) return null;
    const { pieces, terms, written } = reward.text;
    return pieces[0] + terms.map((k, i) => (w[k] === reward.start[k] ? written[i] : String(w[k])) + pieces[i + 1]).join("");
  }

  // The forecast mix: a kernel regression that the command line fitted to forecasts of many weights, [R][HOLD, LONG, SHORT]

  function mixFeatures(reward, w) {
    const known = reward.regimes.map((r) => {
      if (!r.bars) return null;
      const v = values(reward, r, w);
      return { bars: r.bars, mean: v.expected, variance: LEVELS.map((name) => Math.max(0, quadratic(w, r.covariances[name], w)) * r.bars), gaps: [v.zero[1] - v.zero[0], v.zero[2] - v.zero[0]] };
    });
    const total = sum(known.map((r) => (r ? r.bars : 0)));
    const mean = sum(known.map((r) => (r ? (r.bars / total) * (sum(r.mean) / 3) : 0)));
    const sigma = Math.max(1e-12, Math.sqrt(sum(known.map((r) => (r ? (r.bars / total / 3) * sum(r.mean.map((m, a) => r.variance[a] + (m - mean) ** 2)) : 0)))));
    const stretched = (x) => Math.asinh((10 * x) / sigma);
    return known.map((r) => r && [stretched(r.gaps[0]), stretched(r.gaps[1]), stretched(0.5 * (r.mean[1] - r.mean[2])), Math.log(Math.max(1e-6, Math.sqrt(r.variance[1]) / sigma))]);
  }

  function emulate(reward, w) {
    return mixFeatures(reward, w).map((row, g) => {
      const fit = reward.emulator.regimes[g];
      if (!row || !fit) return null;
      const x = row.map((value, d) => (value - fit.center[d]) / fit.scale[d]);
      const ratios = fit.offset.slice();
      fit.points.forEach((y, n) => {
        let product = 0, distance = 0;
        for (let d = 0; d < x.length; d++) { product += x[d] * y[d]; distance += (x[d] - y[d]) ** 2; }
        const kernel = 1 + product + 4 * Math.exp(-distance / (2 * fit.length * fit.length));
        ratios[0] += kernel * fit.coefficients[0][n];
        ratios[1] += kernel * fit.coefficients[1][n];
      });
      const e = [1, ...ratios.map((r) => Math.exp(Math.min(30, r)))], all = sum(e);
      return { shares: e.map((value) => value / all), outside: x.some((value, d) => value < fit.low[d] - 0.15 || value > fit.high[d] + 0.15), error: fit.error };
    });
  }
  const overall = (reward, mixes) => {
    const total = sum(reward.regimes.map((r) => r.bars));
    return reward.actions.map((_, a) => sum(mixes.map((mix, g) => (mix ? (mix.shares[a] * reward.regimes[g].bars) / total : 0))));
  };
  const points = (error) => (100 * error).toFixed(1) + " points";

  // The page

  const tone = (kind) => (kind === "mixed" ? "good" : kind === "undecided" || !kind ? "unsure" : "bad");
  const announcer = make("p", { class: "pg-hidden", role: "status", "aria-live": "polite" });
  let announcing = 0;
  function announce(text) {
    clearTimeout(announcing);
    announcing = setTimeout(() => setText(announcer, text), 600);
  }

  function panel(reward, index) {
    const id = (name) => "pg-" + index + "-" + name;
    const state = { w: reward.start.slice(), p: 0.5 };
    const box = make("div", { class: "pg-panel", id: id("panel") });
    const controls = make("form", { class: "pg-controls", "aria-label": "Weights of " + reward.name, autocomplete: "off" }), results = make("div", { class: "pg-results" });
    controls.addEventListener("submit", (event) => event.preventDefault());
    const summary = make("div", { class: "pg-summary", "aria-hidden": "true" });
    box.append(summary, controls, results);
    const updates = [];

    // One slider and one number field, which always agree; `toValue` and `toStep` translate between slider steps and the value.
    function control(key, label, detail, options) {
      const row = make("div", { class: "pg-control" });
      const range = make("input", { type: "range", id: id(key), min: options.min, max: options.max, step: 1, list: options.ticks ? id(key + "-ticks") : null });
      const field = make("input", { type: "number", id: id(key + "-number"), step: options.fieldStep, "aria-label": label + ", exact" });
      const caption = make("label", { for: id(key) }, make("span", { class: "pg-name", text: label }), detail ? make("small", { text: detail }) : null);
      row.append(caption, field, range);
      if (options.ticks) row.append(make("datalist", { id: id(key + "-ticks") }, ...options.ticks.map((tick) => make("option", { value: tick }))));
      range.addEventListener("input", () => { options.set(options.toValue(Number(range.value))); refresh(null); });
      field.addEventListener("input", () => {
        const value = Number(field.value);
        if (field.value.trim() === "" || !Number.isFinite(value) || !options.allows(value)) return field.setAttribute("aria-invalid", "true");
        field.removeAttribute("aria-invalid");
        options.set(options.fromField ? options.fromField(value) : value);
        refresh(field);
      });
      field.addEventListener("change", () => { field.removeAttribute("aria-invalid"); refresh(null); });
      updates.push((typing) => {
        const value = options.get();
        if (typing !== field) field.value = String(options.toField ? options.toField(value) : value);
        range.value = String(Math.min(options.max, Math.max(options.min, Math.round(options.toStep(value)))));
        range.setAttribute("aria-valuetext", options.spoken(value));
        row.classList.toggle("changed", value !== options.start);
      });
      return row;
    }

    reward.terms.forEach((term, k) => {
      const size = reward.size[k], home = Math.round((STEPS * reward.start[k]) / size);
      controls.append(control("weight-" + k, term.id, term.formula + (term.weight === 0 ? " (shadow term: weight 0)" : ""), {
        min: -3 * STEPS, max: 3 * STEPS, ticks: [...new Set([0, home])], start: reward.start[k], fieldStep: "any", allows: () => true,
        toValue: (step) => (step === home ? reward.start[k] : tidy((step * size) / STEPS)), toStep: (value) => (STEPS * value) / size,
        get: () => state.w[k], set: (value) => { state.w[k] = value; }, spoken: (value) => String(value),
      }));
    });
    if (!reward.options) controls.append(make("h4", { text: "Hit rate of the trader" }), control("hit-rate", "hit rate, %", "given, not estimated", {
      min: 300, max: 700, ticks: [500], start: 0.5, fieldStep: 0.1, allows: (x) => x >= 0 && x <= 100,
      toField: (value) => tidy(100 * value), fromField: (value) => tidy(value / 100), toValue: (step) => step / 1000, toStep: (value) => 1000 * value,
      get: () => state.p, set: (value) => { state.p = value; }, spoken: percent,
    }));

    const status = make("p", { class: "pg-status", role: "status" });
    const area = make("textarea", { id: id("yaml"), rows: 12, readonly: true, spellcheck: "false", "aria-label": "The reward file with these weights" });
    const details = make("details", {}, make("summary", { text: "The reward file with these weights" }), area);
    const copy = make("button", { type: "button", class: "pg-main", id: id("copy"), text: "Copy YAML" }), reset = make("button", { type: "button", id: id("reset"), text: "Reset" });
    controls.append(make("div", { class: "pg-buttons" }, copy, reset), status, details);
    if (!reward.text) {
      copy.disabled = true;
      details.hidden = true;
      setText(status, "This file's weights stand behind an anchor or in quotes: change them by hand.");
    }
    copy.addEventListener("click", async () => {
      const text = yaml(reward, state.w);
      try {
        await navigator.clipboard.writeText(text);
        setText(status, "Copied. Save it as a reward file and give it to assay check, ev or train.");
      } catch {
        details.open = true;
        area.focus();
        area.select();
        let done = false;
        try { done = document.execCommand("copy"); } catch { done = false; }
        setText(status, done ? "Copied. Save it as a reward file and give it to assay check, ev or train." : "Selected below: copy it with Ctrl+C (Cmd+C on a Mac).");
      }
    });
    reset.addEventListener("click", () => {
      state.w = reward.start.slice();
      state.p = 0.5;
      refresh(null);
      setText(status, "Back to the weights of the file.");
    });

    // Results
    const card = make("article", { class: "verdict" }), heading = make("h3"), tag = make("span", { class: "tag", id: id("class") }), said = make("p", { id: id("sentence") }), at = make("p", { class: "soft", id: id("skill") });
    heading.append(make("span", { text: "At zero edge" }), tag);
    card.append(heading, said, at);
    const forecast = reward.emulator ? make("p", { id: id("forecast") }) : null;
    if (forecast) card.append(forecast);
    results.append(card, legend());
    const blocks = reward.regimes.filter((r) => r.bars > 0).map((regime, g) => block(reward, regime, g, id));
    results.append(make("div", { class: "pg-regimes" }, ...blocks.map((b) => b.element)));
    results.append(make("p", { class: "soft", text: "Expected pay a bar on the bars of this report, greedy actions and break-evens are exact for any weights. Intervals (thin lines, brackets) are the command line's at the file's weights; elsewhere the same shape on a standard error recomputed from blocks of bars. What a model of the features would do is not recomputed here." }));

    let asked = 0;
    function refresh(typing) {
      // At most once a frame, however fast the input comes.
      if (asked) cancelAnimationFrame(asked);
      asked = requestAnimationFrame(() => { asked = 0; show(typing); });
    }
    function show(typing) {
      for (const update of updates) update(typing);
      const now = compute(reward, state.w, state.p);
      const isFile = state.w.every((x, k) => x === reward.start[k]);
      card.className = "verdict " + tone(now.verdict.kind);
      setText(tag, words(now.verdict.kind) + (now.verdict.kind === reward.base.verdict.kind ? "" : " (file: " + words(reward.base.verdict.kind) + ")"));
      setText(said, now.verdict.sentence);
      setText(at, (reward.options ? "" : "At a hit rate of " + percent(state.p) + ": " + words(now.at) + ". ") + "A coin-flipper is paid " + signed(now.coin, decimals([now.coin, reward.base.coin])) + " a bar.");
      const digits = Math.min(reward.options ? 6 : 4, decimals(now.regimes.flatMap((v) => [...v.expected, v.premium, v.gap])) + 1);
      // The widest bar of any regime fills its row.
      const widths = (v) => [...v.intervals.flat(), ...reward.actions.flatMap((_, a) => [Math.max, Math.min].map((end) => sum(v.parts.map((p) => end(0, p[a])))))];
      const reach = Math.max(1e-12, ...now.regimes.flatMap((v) => [...widths(v), v.skilled, ...(v.trade ? widths(v.trade) : [])]).map(Math.abs));
      now.regimes.forEach((v, g) => blocks[g].show(v, reward.base.regimes[g], digits, reach, state.p, isFile));
      if (reward.emulator) {
        const mixes = emulate(reward, state.w), all = overall(reward, mixes), before = overall(reward, reward.baseMix);
        setText(forecast, "Training for " + grouped(reward.emulator.steps) + " steps is forecast to HOLD on " + percent(all[0]) + " of the bars" + (isFile ? "" : " (file: " + percent(before[0]) + ")") + ", LONG " + percent(all[1]) + ", SHORT " + percent(all[2]) + ": " +
          words(classify(all[0], [all[1], all[2]])) + ". By an emulator fitted to forecasts of " + reward.emulator.designs + " weights: mean error " + points(reward.emulator.error) + " of a regime's HOLD, nine in ten below " + points(reward.emulator.error90) + ", each left out in turn; the forecast's own error comes on top.");
        reward.regimes.map((r, g) => [r, g]).filter(([r]) => r.bars > 0).forEach(([, g], i) => mixes[g] && blocks[i].mix.show(mixes[g], reward.baseMix[g], isFile));
      }
      summary.replaceChildren(make("strong", { class: "tag " + tone(now.verdict.kind), text: words(now.verdict.kind) }), ...now.regimes.map((v) => make("span", { class: "pg-chip " + chip(v.greedy), text: v.regime.name + " " + v.greedy })));
      if (reward.text) area.value = yaml(reward, state.w);
      announce(words(now.verdict.kind) + ". " + now.regimes.map((v) => v.regime.name + " " + v.greedy).join(", ") + (reward.text ? "" : "."));
    }
    show(null);
    return box;
  }

  function legend() {
    return make("p", { class: "pg-legend", "aria-hidden": "true" }, ...KINDS.map((kind) => make("span", {}, make("i", { class: "pg-" + kind }), kind)), make("span", {}, make("i", { class: "pg-total" }), "total, 95% interval"));
  }

  // One regime: a row of bar and numbers an action, then what decides.
  function block(reward, regime, g, id) {
    const name = (key) => id("regime-" + g + "-" + key);
    const element = make("section", { class: "pg-regime" });
    const chips = make("span", { class: "pg-chips" });
    element.append(make("h4", {}, make("span", { text: regime.name }), make("small", { text: percent(regime.share) + ", " + grouped(regime.bars) + " bars" }), chips));
    const table = make("table"), body = make("tbody");
    table.append(make("thead", { class: "pg-hidden" }, make("tr", {}, ...["action", "parts", "expected pay a bar"].map((text) => make("th", { scope: "col", text })))), body);
    const extra = reward.options ? (regime.in_trade ? regime.in_trade.actions.map((action) => action + " in a trade") : []) : ["TRADE"];
    const rows = [...reward.actions, ...extra].map((action, a) => {
      const drawing = make("svg:svg", { viewBox: "0 0 200 18", preserveAspectRatio: "none", "aria-hidden": "true" });
      const parts = KINDS.map((kind) => make("svg:rect", { y: 3, height: 12, class: "pg-" + kind }));
      const whisker = make("svg:line", { y1: 9, y2: 9, class: "pg-ink", "vector-effect": "non-scaling-stroke" }), mark = make("svg:rect", { y: 5, height: 8, width: 2.2, class: "pg-ink" });
      drawing.append(...parts, make("svg:line", { x1: 100, x2: 100, y1: 0, y2: 18, class: "pg-axis", "vector-effect": "non-scaling-stroke" }), whisker, mark);
      const label = make("th", { scope: "row", text: action }), value = make("span", { id: name("expected-" + action) }), was = make("small");
      body.append(make("tr", { class: a === 3 ? "pg-skill" : null }, label, make("td", { class: "pg-bar" }, drawing), make("td", { class: "number" }, value, was)));
      return { label, parts, whisker, mark, value, was };
    });
    const facts = make("dl", { class: "pg-facts" });
    const fact = (label, key) => {
      const main = make("span", { id: name(key) }), sub = make("small");
      facts.append(make("div", {}, make("dt", { text: label }), make("dd", {}, main, sub)));
      return { main, sub };
    };
    const even = reward.options ? null : fact("break-even", "break-even"), gap = fact("trade - HOLD, zero edge", "gap"), premium = fact("HOLD's premium", "premium");
    element.append(table, facts);
    const mix = mixBlock(reward, g, name);
    if (mix) element.append(mix.element);

    function bar(row, parts, total, interval, reach) {
      const x = (value) => 100 + (98 * value) / reach;
      let up = 0, down = 0;
      KINDS.forEach((_, p) => {
        const from = parts[p] >= 0 ? up : down, to = from + parts[p];
        if (parts[p] >= 0) up = to; else down = to;
        row.parts[p].setAttribute("x", Math.min(x(from), x(to)).toFixed(2));
        row.parts[p].setAttribute("width", Math.abs(x(to) - x(from)).toFixed(2));
      });
      row.whisker.setAttribute("x1", x(interval[0]).toFixed(2));
      row.whisker.setAttribute("x2", x(interval[1]).toFixed(2));
      row.mark.setAttribute("x", (x(total) - 1.1).toFixed(2));
    }
    function show(v, base, digits, reach, p, isFile) {
      const before = (x, y, text) => (isFile || text(x) === text(y) ? "" : "file " + text(y));
      reward.actions.forEach((_, a) => {
        bar(rows[a], v.parts.map((part) => part[a]), v.expected[a], v.intervals[a], reach);
        setNumber(rows[a].value, v.expected[a], signed(v.expected[a], digits));
        setText(rows[a].was, before(v.expected[a], base.expected[a], (x) => signed(x, digits)));
      });
      if (v.trade) {
        v.trade.expected.forEach((x, a) => {
          bar(rows[3 + a], v.trade.parts.map((part) => part[a]), x, v.trade.intervals[a], reach);
          setNumber(rows[3 + a].value, x, signed(x, digits));
          setText(rows[3 + a].was, before(x, base.trade.expected[a], (y) => signed(y, digits)));
        });
      }
      if (!reward.options) {
        bar(rows[3], [v.parts[0][v.sure], v.parts[1][v.sure], v.skilled - v.certain[v.sure], 0], v.skilled, [v.skilled, v.skilled], reach);
        setText(rows[3].label, "trade at " + percent(p));
        setNumber(rows[3].value, v.skilled, signed(v.skilled, digits));
        setNumber(even.main, v.breakEven, v.breakEven === null ? "none" : v.breakEven.toFixed(3));
        setText(even.sub, (v.breakEven === null ? "skill does not enter" : bracketed(v.breakEvenInterval, (x) => x.toFixed(3), v.breakEven)) + (v.breakEven === null || base.breakEven === null ? "" : spaced(before(v.breakEven, base.breakEven, (x) => x.toFixed(3)))));
      }
      setNumber(gap.main, v.gap, signed(v.gap, digits));
      setText(gap.sub, bracketed(v.gapInterval, (x) => signed(x, digits), v.gap) + spaced(before(v.gap, base.gap, (x) => signed(x, digits))));
      setNumber(premium.main, v.premium, signed(v.premium, digits));
      setText(premium.sub, before(v.premium, base.premium, (x) => signed(x, digits)));
      chips.replaceChildren(
        make("span", { class: "pg-chip " + chip(v.greedy), id: name("greedy"), text: v.greedy + (v.straddles ? ", unsure" : "") }),
        reward.options || v.greedyAt === v.greedy ? "" : make("span", { class: "pg-chip " + chip(v.greedyAt), text: v.greedyAt + " at " + percent(p) }));
    }
    return { element, show, mix };
  }
  // An interval as text; nothing where both ends read like the number itself.
  const bracketed = (interval, text, x) => (interval.every((end) => text(end) === text(x)) ? "" : "[" + interval.map(text).join(", ") + "]");
  const chip = (greedy) => (greedy === "HOLD" ? "hold" : greedy === "TIE" ? "tie" : "trade");
  const spaced = (text) => (text ? " " + text : "");
  // The forecast mix of one regime, as one bar of three shares.
  function mixBlock(reward, index, name) {
    if (!reward.emulator) return null;
    const text = make("span", { id: name("mix") }), note = make("small");
    const parts = ["hold", "long", "short"].map((kind, a) => make("span", { class: "pg-share-" + kind, title: reward.actions[a] }));
    const element = make("div", { class: "pg-mix" }, make("div", { class: "pg-mix-text" }, make("span", { class: "soft", text: "forecast of training: " }), text), make("div", { class: "pg-shares", "aria-hidden": "true" }, ...parts), note);
    function show(mix, base, isFile) {
      parts.forEach((part, a) => { part.style.width = (100 * mix.shares[a]).toFixed(2) + "%"; });
      setText(text, reward.actions.map((action, a) => action + " " + Math.round(100 * mix.shares[a]) + "%").join(", "));
      text.dataset.shares = JSON.stringify(mix.shares);
      setText(note, (mix.outside ? "outside the weights that were forecast: a guess" : "emulated, ± " + points(mix.error)) + (isFile ? "" : "; file: HOLD " + Math.round(100 * base.shares[0]) + "%"));
      note.classList.toggle("pg-guess", mix.outside);
    }
    return { element, show };
  }

  // Tabs, one a reward

  data.rewards.forEach(prepare);
  // For tests: what this script says of weights that the command line was asked about.
  window.assayEmulate = (i, w) => emulate(data.rewards[i], w).map((mix) => mix && mix.shares);
  const panels = data.rewards.map(() => null), holder = make("div");
  function open(index) {
    if (!panels[index]) panels[index] = panel(data.rewards[index], index);
    holder.replaceChildren(panels[index]);
    tabs.forEach((tab, i) => {
      tab.setAttribute("aria-selected", i === index ? "true" : "false");
      tab.tabIndex = i === index ? 0 : -1;
    });
    if (tabs.length) {
      panels[index].setAttribute("role", "tabpanel");
      panels[index].setAttribute("aria-labelledby", tabs[index].id);
    }
  }
  const tabs = data.rewards.length < 2 ? [] : data.rewards.map((reward, i) => make("button", { type: "button", role: "tab", id: "pg-tab-" + i, "aria-controls": "pg-" + i + "-panel", text: reward.name }));
  tabs.forEach((tab, i) => {
    tab.addEventListener("click", () => open(i));
    tab.addEventListener("keydown", (event) => {
      const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      const next = (to + tabs.length) % tabs.length;
      open(next);
      tabs[next].focus();
    });
  });
  root.replaceChildren();
  if (tabs.length) root.append(make("div", { class: "pg-tabs", role: "tablist", "aria-label": "Rewards" }, ...tabs));
  root.append(holder, announcer);
  open(0);
})();
