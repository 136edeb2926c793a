// The first documents of two rankings side by side, so that a reader sees what moved and why.
const FIRST = 10;
const TOO_COMMON = new Set("and are can did does for from had has have how its that the their this was were what when where which who why will with".split(" "));

function rankings(comparison, query) {
  const words = new Set((query.text ?? "").toLowerCase().match(/[\p{L}\p{N}]{3,}/gu)?.filter((word) => !TOO_COMMON.has(word)));
  const documents = query.documents.map(([index, left, right, relevance, score]) =>
    ({ ...page.queries.documents[index], index, left, right, relevance, score }));
  const sides = ["left", "right"].map((side) => rankingOf(comparison, documents, side, words));
  const both = make("div", { class: "rankings" }, ...sides);
  const light = (event, on) => {
    const card = event.target.closest(".document");
    if (!card) return;
    for (const twin of both.querySelectorAll(`[data-document="${card.dataset.document}"]`)) twin.classList.toggle("twin", on);
  };
  both.addEventListener("pointerover", (event) => light(event, true));
  both.addEventListener("pointerout", (event) => light(event, false));
  both.addEventListener("focusin", (event) => light(event, true));
  both.addEventListener("focusout", (event) => light(event, false));
  return both;
}

function rankingOf(comparison, documents, side, words) {
  const first = documents.filter((each) => each[side] >= 1 && each[side] <= FIRST);
  first.sort((one, two) => one[side] - two[side]);
  const heading = make("h4", {}, make("span", { class: "small" }, side === "left" ? "Before" : "After"), " ", comparison[side]);
  return make("section", { "aria-label": `${side === "left" ? "Before" : "After"}: ${comparison[side]}` }, heading,
    make("ol", { class: "ranking" }, ...first.map((each) => documentCard(each, side, words, comparison.relevant_from))));
}

function documentCard(each, side, words, relevantFrom) {
  const text = make("p", { class: "text", dir: "auto" }, ...marked(each.text, words), each.cut ? "\u2026" : null);
  const more = make("button", { type: "button", class: "more", "aria-expanded": "false" }, "Show all", unseen(` of ${each.id}`));
  more.addEventListener("click", () => {
    const open = more.getAttribute("aria-expanded") !== "true";
    more.setAttribute("aria-expanded", String(open));
    more.firstChild.data = open ? "Show less" : "Show all";
    text.classList.toggle("whole", open);
  });
  const judged = each.relevance === null ? "unjudged" : each.relevance >= relevantFrom ? "relevant" : "irrelevant";
  return make("li", { class: `document ${judged}`, "data-document": each.index },
    make("p", { class: "place" }, make("span", { class: "rank" }, unseen("rank "), String(each[side])), moveOf(each, side)),
    make("div", { class: "what" },
      make("p", { class: "about" }, make("span", { class: "chip" }, relevanceText(each.relevance, relevantFrom)), make("span", { class: "id" }, each.id),
        side === "right" && each.score !== null ? make("span", { class: "id" }, `score ${each.score.toPrecision(4)}`) : null),
      text, each.text.length > 240 ? more : null));
}

function relevanceText(relevance, relevantFrom) {
  if (relevance === null) return "not judged";
  if (relevance === 0) return "not relevant";
  return `${relevance >= relevantFrom ? "relevant" : "not relevant"}, grade ${relevance}`;
}

// Where the document is on the other side.
function moveOf(each, side) {
  if (!each.left || !each.right) return make("span", { class: "move" }, "new", unseen(": not among the first on the other side"));
  const rise = each.left - each.right;
  if (rise === 0) return make("span", { class: "move" }, make("span", { "aria-hidden": "true" }, "="), unseen("the same rank"));
  const [arrow, word] = rise > 0 ? ["\u25b2", "up"] : ["\u25bc", "down"];
  const where = side === "left" ? `to ${each.right}` : `from ${each.left}`;
  return make("span", { class: `move ${word}` }, make("span", { "aria-hidden": "true" }, `${arrow} `), unseen(`${word} `), where);
}

// The text with the query's own words marked: what a lexical first stage went by.
function marked(text, words) {
  const pieces = [];
  let end = 0;
  for (const { 0: word, index } of text.matchAll(/[\p{L}\p{N}]+/gu)) {
    if (!words.has(word.toLowerCase())) continue;
    pieces.push(text.slice(end, index), make("mark", {}, word));
    end = index + word.length;
  }
  return [...pieces, text.slice(end)];
}
