"use strict";
/*
Prices random labelling and the chosen strategy again when a reader moves a slider: the sums of
planner/decision/repricing.py, and the thresholds and words of planner/render/verdict/words.py.

`at` is a setting: `target` is the place of a target, `projects` the place of a number of projects among the stops of
its slider; `price` (USD a vote) and `hours` are values. What is null, or left out, stays as the plan draws it.
*/

const BUYS_OTHER = [1, 2], NEITHER = 4, MINUS = "−";

// ---- draws --------------------------------------------------------------------------------------------------------

function bytes(text) {
  return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
}

/** Unpack rows of 16-bit codes c: low + wide · c²; without codes all draws are one number. */
function numbers({ low, wide, codes: packed }) {
  if (!packed) return low;
  const codes = new Uint16Array(bytes(packed).buffer), D = codes.length / low.length;
  return Float64Array.from(codes, (code, i) => low[Math.floor(i / D)] + wide[Math.floor(i / D)] * code * code);
}

/** Unpack the data of the page. Shifts give the verdict's own numbers where nothing is moved, despite rounding. */
function unpack(data) {
  const draws = { ...data }, { planned } = data;
  for (const name of ["rest_usd", "votes", "hour_usd", "hours", "divisor"]) draws[name] = numbers(data[name]);
  draws.price_usd = data.price_usd.map(numbers);
  draws.flags = bytes(data.flags);
  const names = ["ahead", "behind", "chance", "unreachable", "range", "futures"];
  const less = (one, other) => (Array.isArray(one) ? one.map((usd, i) => usd - other[i]) : one - other);
  draws.shifts = Object.fromEntries(names.map((name) => [name, less(planned[name], planned[name])])); // none yet
  const own = summarise(draws, {});
  draws.shifts = Object.fromEntries(names.map((name) => [name, less(planned[name], own[name])]));
  return draws;
}

/** Give the number of one draw; one number stands for all draws where they are the same. */
function ofDraw(numbers, draw) {
  return numbers.length === 1 ? numbers[0] : numbers[draw];
}

// ---- prices -------------------------------------------------------------------------------------------------------

/** Give both options' totals of each draw, in USD, and how many draws reach the target with neither. */
function totals(draws, at) {
  const D = draws.draws, G = draws.flags.length / D, g = at.target ?? draws.planned_target;
  const random = new Float64Array(D), active = new Float64Array(D);
  const number = (numbers, option, draw) => ofDraw(numbers, (option * G + g) * D + draw);
  let neither = 0;
  const paidFor = (option, draw) =>
    number(draws.votes, option, draw) * (at.price ?? ofDraw(draws.price_usd[option], draw));
  for (let d = 0; d < D; d += 1) {
    const forRandom = paidFor(0, d), forActive = paidFor(1, d);
    const divisor = at.projects == null ? ofDraw(draws.divisor, d) : draws.divisors[at.projects];
    const engineering = (ofDraw(draws.hour_usd, d) * (at.hours ?? ofDraw(draws.hours, d))) / divisor;
    const flags = draws.flags[g * D + d];
    random[d] = number(draws.rest_usd, 0, d) + forRandom;
    active[d] = number(draws.rest_usd, 1, d) + forActive + engineering;
    if (flags & BUYS_OTHER[0]) random[d] += forActive + engineering;
    if (flags & BUYS_OTHER[1]) active[d] += forRandom;
    if (flags & NEITHER) neither += 1;
  }
  return { random, active, neither };
}

/** Average over the draws: the call and the chance. */
function average(draws, at, { random, active, neither }) {
  const D = draws.draws, { shifts, limits } = draws, g = at.target ?? draws.planned_target;
  let better = 0, ahead = 0, behind = 0;
  for (let d = 0; d < D; d += 1) {
    const saving = advantage(draws, random[d], active[d]);
    if (saving > 0) ahead += saving / D;
    else behind -= saving / D;
    better += draws.flags[g * D + d] & NEITHER ? 0.5 : 0.5 * (1 + Math.sign(saving));
  }
  const found = {
    ahead: Math.max(ahead + shifts.ahead, 0),
    behind: Math.max(behind + shifts.behind, 0),
    chance: tidy(Math.min(Math.max(better / D + shifts.chance, 0), 1)),
    unreachable: tidy(Math.min(Math.max(neither / D + shifts.unreachable, 0), 1)),
  };
  const expected = found.ahead - found.behind, loss = Math.min(found.ahead, found.behind);
  return { ...found, expected, loss, state: stateOf(found, limits) };
}

/** Give what active learning saves in a draw; what sums alone could make differ is nothing. */
function advantage(draws, random, active) {
  return Math.abs(random - active) > draws.limits.tie * random ? random - active : 0;
}

/** Give the call, the chance, the 80% range and fifty equally likely futures. */
function summarise(draws, at) {
  const bills = totals(draws, at), { shifts, limits } = draws, D = draws.draws, many = shifts.futures.length;
  const saving = bills.random.map((usd, d) => usd - bills.active[d]).sort();
  const futures = bills.random.map((usd, d) => advantage(draws, usd, bills.active[d])).sort();
  const [low, , high] = limits.quantiles.map((q) => saving[Math.min(Math.floor(q * D), D - 1)]);
  return {
    ...average(draws, at, bills),
    range: [low + shifts.range[0], high + shifts.range[1]],
    futures: shifts.futures.map((shift, i) => quantile(futures, (i + 0.5) / many) + shift),
  };
}

/** Drop the digits that sums of floats leave behind, so that a half is rounded as in Python. */
function tidy(share) {
  return Math.round(share * 1e9) / 1e9;
}

function stateOf({ ahead, behind, unreachable }, limits) {
  const share = ahead + behind > 0 && unreachable <= limits.rarely_decided ? ahead / (ahead + behind) : 0.5;
  if (share >= limits.use_al_from) return "use_active_learning";
  return share <= limits.label_random_to ? "label_random" : "too_close";
}

/** Give the quantile of ascending numbers, on the line between the two that are nearest. */
function quantile(ordered, q) {
  const place = q * (ordered.length - 1), low = Math.floor(place), high = Math.min(low + 1, ordered.length - 1);
  return ordered[low] + (place - low) * (ordered[high] - ordered[low]);
}

/** Give the lowest price of a vote from which active learning costs less on average; 0 at any, null at none. */
function breakEven(draws, at) {
  const { shifts, limits } = draws, [least, most] = limits.price_usd;
  if (average(draws, at, totals(draws, at)).unreachable > limits.rarely_decided) return null;
  const mean = (price) => {
    const { random, active } = totals(draws, { ...at, price });
    return random.reduce((sum, usd, d) => sum + (usd - active[d]) / draws.draws, shifts.ahead - shifts.behind);
  };
  const free = mean(0), slope = mean(1) - free, even = -free / slope;
  if (free + slope * least > 0) return 0;
  return slope > 0 && even <= most ? even : null;
}

/** Give the break-even that is shown: as planned the verdict's own, of all draws; elsewhere in proportion to it. */
function shownBreakEven(draws, at) {
  const even = breakEven(draws, at), planned = breakEven(draws, {}), own = draws.planned.break_even_usd;
  return even && planned && own ? (even * own) / planned : even;
}

/** Give a function of the price of a vote: the call and the chance there, from bills that are lines in it. */
function alongPrice(draws, at) {
  const [free, paid] = [0, 1].map((price) => totals(draws, { ...at, price })), { neither } = free;
  const line = (option, price) => free[option].map((usd, d) => usd + price * (paid[option][d] - usd));
  return (price) => average(draws, at, { random: line("random", price), active: line("active", price), neither });
}

// ---- words, as planner/render/numbers.py and planner/render/verdict/words.py write them ---------------------------

function halfEven(number) {
  return Math.abs(number % 1) === 0.5 ? 2 * Math.round(number / 2) : Math.round(number);
}

function share(fraction) {
  const whole = halfEven(100 * fraction);
  if (whole >= 100 && fraction < 1) return "more than 99%";
  return whole <= 0 && fraction > 0 ? "less than 1%" : `${whole}%`;
}

function fineDigits(size) {
  if (size === 0) return "0.00";
  const [whole, rest] = size.toFixed(Math.max(2, 2 - Math.floor(Math.log10(size)))).split(".");
  return `${Number(whole).toLocaleString("en-US")}.${rest.replace(/0+$/, "").padEnd(2, "0")}`;
}

/** Write an amount that is a mean or a quantile of draws: three digits. */
function about(usd, symbol) {
  const size = Math.abs(Number(usd.toPrecision(3)));
  const digits = size >= 10 || size === 0 ? halfEven(size).toLocaleString("en-US") : fineDigits(size);
  return (usd < 0 && /[1-9]/.test(digits) ? MINUS : "") + symbol + digits;
}

function shortMoney(usd, symbol) {
  const size = Math.abs(usd), sign = usd < 0 ? MINUS : "";
  for (const [scale, letter] of [[1e9, "B"], [1e6, "M"], [1e3, "k"]]) {
    if (size >= scale * 0.9995) {
      const digits = (size / scale).toFixed(size < 99.95 * scale ? 1 : 0).replace(/\.0$/, "");
      return sign + symbol + digits + letter;
    }
  }
  return about(usd, symbol);
}

/** Say what the answer is: the state, the sentence, the three cards and what the futures show. */
function say(draws, found, even) {
  const { words, limits } = draws, usd = (amount) => about(amount, words.symbol);
  const noise = Math.abs(found.expected) <= limits.noise * (found.ahead + found.behind);
  const rarely = found.unreachable > limits.rarely_decided, leads = found.expected >= 0;
  const range = leads || noise ? found.range : [-found.range[1], -found.range[0]];
  const leader = leads ? words.active : "random labelling", other = leads ? "random labelling" : words.active;
  let told = `${capital(leader)} is expected to save ${usd(Math.abs(found.expected))}.`;
  if (found.state === "too_close")
    told += ` It stands to lose more by being the wrong choice: ${usd(found.loss)} on average.`;
  told += ` It is cheaper with a chance of ${share(leads ? found.chance : tidy(1 - found.chance))}`;
  if (noise)
    told = `${capital(leader)} and ${other} are expected to cost about the same, and which of them is the better ` +
      `differs by future. Active learning is cheaper with a chance of ${share(found.chance)}`;
  const least = `at least ${usd(Math.abs(range[0]))}`;
  told += range[0] > 0 ? `, and nine times in ten it saves ${least}.` : `, but one time in ten it costs ${least} more.`;
  const often = found.unreachable === 1 ? "any future" : `${share(found.unreachable)} of futures`;
  const none = `neither option reaches the target in ${often}`;
  if (rarely) told = `There is nothing to choose: ${none}.`;
  const [low, high] = range.map(usd);
  const span = low === high ? `${low} in most futures` : `80% range ${low} to ${high}`;
  const ends = found.range.map(usd), mean = usd(Math.abs(found.expected));
  const expected = {
    label: noise || rarely ? "Expected saving" : `Expected saving by ${leads ? "AL" : "random"}`,
    value: rarely ? "none" : noise ? "about none" : mean,
    note: rarely ? none : span,
  };
  const chance = {
    label: words.chance,
    value: share(found.chance),
    note: found.unreachable > 0 ? `${none} (counted half)` : "one option at least reaches the target in every future",
  };
  return {
    headline: words.headlines[found.state],
    sentence: told,
    cards: { expected, chance, even: evenCard(draws, even, rarely) },
    futures: `Active learning ${leads ? `saves ${mean}` : `costs ${mean} more`} on average; ` +
      `80% of futures from ${ends[0]} to ${ends[1]}`,
    price: evenFinding(draws, even, rarely),
  };
}

function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}

function evenCard(draws, even, rarely) {
  const card = { label: `Break-even price per ${draws.words.unit}`, value: "none", note: "" };
  if (even === null)
    return { ...card, note: rarely ? "the target is reached too rarely to tell" : "no price makes it pay on average" };
  if (even === 0) return { ...card, value: "any price", note: "cheaper on average even where labels cost nothing" };
  return { ...card, value: draws.words.symbol + fineDigits(even), note: "the mean bills are equal there" };
}

function evenFinding(draws, even, rarely) {
  const { unit, symbol } = draws.words;
  if (rarely) return `The target is reached too rarely to tell at which price per ${unit} active learning pays`;
  if (even === null) return `No price per ${unit} makes active learning pay on average`;
  if (even === 0) return `Active learning is cheaper on average at any price per ${unit}`;
  return `The mean bills are equal at ${symbol}${fineDigits(even)} per ${unit}`;
}

// ---- pictures -----------------------------------------------------------------------------------------------------

const WIDTH = 360, HEIGHT = 190, LEFT = 40, RIGHT = 346, TOP = 14, BOTTOM = 150, BINS = 24;

function shape(name, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function word(x, y, text, anchor = "middle") {
  return shape("text", { x, y, "text-anchor": anchor }, text);
}

/** Draw fifty equally likely futures as dots; far tails are gathered at the edge and told in words. */
function drawFutures(picture, draws, { futures }) {
  const q10 = quantile(futures, 0.1), q90 = quantile(futures, 0.9), symbol = draws.words.symbol;
  const low = Math.max(futures[0], q10 - (q90 - q10)), high = Math.min(futures.at(-1), q90 + (q90 - q10));
  const width = Math.max((high - low) / BINS, 1e-9 + Math.abs(high) * 1e-6);
  const bin = (usd) => {
    const place = Math.floor(Math.min(Math.max(usd, low), high) / width);
    return usd < 0 ? Math.min(place, -1) : Math.max(place, 0);
  };
  const bins = futures.map(bin), first = Math.min(...bins), last = Math.max(...bins), heights = new Map();
  const x = (place) => 12 + ((WIDTH - 24) * (place - first + 0.5)) / (last - first + 1);
  const counts = bins.map((one) => heights.set(one, (heights.get(one) ?? 0) + 1).get(one));
  const step = Math.min(14, (BOTTOM - TOP - 14) / Math.max(...counts)), radius = Math.min(5.2, step * 0.46);
  const marks = futures.map((usd, i) => {
    const place = { class: usd < 0 ? "loss" : "gain" }, cx = x(bins[i]), cy = BOTTOM - 4 - (counts[i] - 0.5) * step;
    if (usd >= 0) return shape("circle", { ...place, cx, cy, r: radius });
    const corners = [[0, -radius], [radius, 0], [0, radius], [-radius, 0]];
    return shape("polygon", { ...place, points: corners.map(([a, b]) => `${cx + a},${cy + b}`).join(" ") });
  });
  const zero = first <= 0 && last >= -1 ? 12 + ((WIDTH - 24) * (0 - first)) / (last - first + 1) : null;
  const ends = [[first, "start"], [last, "end"]];
  const ticks = ends.map(([place, anchor]) => [x(place), shortMoney((place + 0.5) * width, symbol), anchor]);
  if (zero !== null && zero > 70 && zero < WIDTH - 70) ticks.push([zero, `${symbol}0`, "middle"]);
  const below = futures.filter((usd) => usd < low).length, above = futures.filter((usd) => usd > high).length;
  picture.replaceChildren(
    ...(zero === null ? [] : [shape("line", { class: "axis", x1: zero, x2: zero, y1: TOP + 16, y2: BOTTOM })]),
    shape("line", { class: "axis", x1: 8, x2: WIDTH - 8, y1: BOTTOM, y2: BOTTOM }),
    ...marks,
    ...ticks.map(([at, text, anchor]) => word(at, BOTTOM + 16, text, anchor)),
    word(WIDTH / 2, HEIGHT - 4, "Saving by active learning; each mark is one of 50 futures"),
    ...(below ? [word(4, TOP, `← ${below} down to ${shortMoney(futures[0], symbol)}`, "start")] : []),
    ...(above ? [word(WIDTH - 4, TOP, `${above} up to ${shortMoney(futures.at(-1), symbol)} →`, "end")] : []),
  );
}

/** Draw the chance by price, shaded where it is too close to call, with the price paid and the break-even. */
function drawPrice(picture, draws, at, found, even) {
  const slider = draws.sliders.find(({ name }) => name === "price"), priced = alongPrice(draws, at);
  const prices = slider.stops.filter((price, i) => price > 0 && i % 2 === 0);
  const line = prices.map((price) => ({ price, ...priced(price) }));
  const [low, high] = [line[0].price, line.at(-1).price].map(Math.log);
  const x = (price) => LEFT + ((RIGHT - LEFT) * (Math.log(price) - low)) / (high - low);
  const y = (chance) => BOTTOM - (BOTTOM - TOP - 8) * chance, half = (RIGHT - LEFT) / (line.length - 1) / 2;
  const paid = at.price ?? slider.stops[slider.planned], shown = paid > 0 ? x(paid) : null;
  const chance = `${draws.words.chance}: ${share(found.chance)}`;
  const grid = [0, 0.5, 1].flatMap((chance) => [
    shape("line", { class: "grid", x1: LEFT, x2: RIGHT, y1: y(chance), y2: y(chance) }),
    word(LEFT - 4, y(chance) + 4, share(chance), "end"),
  ]);
  const stretches = [];
  line.forEach(({ state, price }, i) => {
    if (state !== "too_close") return;
    if (i === 0 || line[i - 1].state !== state) stretches.push([Math.max(x(price) - half, LEFT)]);
    stretches.at(-1)[1] = Math.min(x(price) + half, RIGHT);
  });
  const shades = stretches.map(([from, to]) =>
    shape("rect", { class: "shade", x: from, width: to - from, y: y(1), height: BOTTOM - y(1) }),
  );
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => line[Math.round(part * (line.length - 1))].price);
  const tick = (price) => draws.words.symbol + fineDigits(Number(price.toPrecision(2)));
  const within = even && Math.log(even) >= low && Math.log(even) <= high;
  picture.replaceChildren(
    ...shades,
    ...grid,
    ...ticks.slice(0, -1).map((price) => word(x(price), BOTTOM + 16, tick(price))),
    word(RIGHT + 12, BOTTOM + 16, tick(ticks.at(-1)), "end"),
    word((LEFT + RIGHT) / 2, HEIGHT - 4, `Price per ${draws.words.unit} (shaded: too close to call)`),
    shape("polyline", { class: "line", points: line.map(({ price, chance }) => `${x(price)},${y(chance)}`).join(" ") }),
    ...(within ? [shape("circle", { class: "gain", cx: x(even), cy: y(priced(even).chance), r: 5 })] : []),
    ...(shown === null
      ? []
      : [
          shape("line", { class: "now", x1: shown, x2: shown, y1: TOP + 4, y2: BOTTOM }),
          word(Math.min(Math.max(shown, LEFT + 60), RIGHT - 80), TOP - 2, chance),
        ]),
  );
}

// ---- the page -----------------------------------------------------------------------------------------------------

/** Read what the sliders are set to; one at its planned place leaves the input as the plan draws it. */
function setting(draws) {
  const at = {};
  for (const { name, stops, planned } of draws.sliders) {
    const place = Number(document.getElementById(`slider-${name}`).value);
    if (place !== planned) at[name] = name === "price" || name === "hours" ? stops[place] : place;
  }
  return at;
}

/** Write a text; each minus sign stays on the line of its amount. */
function write(element, text) {
  const parts = text.split(/(−\S+)/).map((part, i) => {
    if (i % 2 === 0) return part;
    const amount = document.createElement("span");
    amount.className = "amount";
    amount.textContent = part;
    return amount;
  });
  element.replaceChildren(...parts);
}

function show(draws) {
  const at = setting(draws), found = summarise(draws, at), element = (id) => document.getElementById(id);
  const priced = draws.sliders.some(({ name }) => name === "price"), even = priced ? shownBreakEven(draws, at) : null;
  const said = say(draws, found, even);
  for (const { name, texts } of draws.sliders) {
    const input = element(`slider-${name}`), text = texts[Number(input.value)];
    input.setAttribute("aria-valuetext", text);
    input.parentElement.querySelector("output").textContent = text;
  }
  write(element("said-headline"), said.headline);
  write(element("said-sentence"), said.sentence);
  for (const [name, card] of Object.entries(said.cards))
    [card.label, card.value, card.note].forEach((text, i) => write(element(`card-${name}`).children[i], text));
  write(element("futures-title"), said.futures);
  drawFutures(element("futures-now"), draws, found);
  // Where the price has no slider, nothing is known of other prices.
  for (const id of ["card-even", "price-figure"]) element(id).hidden = !priced;
  if (!priced) return;
  write(element("price-title"), said.price);
  drawPrice(element("price-now"), draws, at, found, even);
}

function start() {
  const draws = unpack(JSON.parse(document.getElementById("draws").textContent));
  for (const { name } of draws.sliders)
    document.getElementById(`slider-${name}`).addEventListener("input", () => show(draws));
  document.getElementById("reset").addEventListener("click", () => {
    for (const { name, planned } of draws.sliders) document.getElementById(`slider-${name}`).value = planned;
    show(draws);
  });
  document.documentElement.classList.add("live");
  show(draws);
}

start();
