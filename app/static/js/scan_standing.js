// How far an event's list is on this device: as its sheet was kept last, with the scans counted in that wait here. What
// they leave uncertain (one that could not be judged, one that was taken back) is remembered as a doubt.
window.scanStanding = (() => {
  "use strict";
  const AT_ONCE = ["planned", "swapped", "short", "incomplete", "packing", "verify"];
  const DONE = { prep: "prepped", out: "out", in: "returned" };
  const IS = { prep: "prepped", out: "out", in: "back" };
  const CASE_IS = { prep: "packed", out: "out", in: "stored" };
  const LEAVES_NUMBER = ["location", "refused", "unlisted"];

  function standing(sheet, scans) {
    const now = {
      gate: sheet.gate, number: 0,
      lines: new Map(sheet.lines.map((line) => [line.id, { ...line, doubt: 0 }])),
      pieces: new Map(Object.values(sheet.codes).filter((one) => one.tag).map((piece) => [piece.tag, piece])),
      cases: new Map((sheet.cases || []).map((one) => [one.id, { ...one, holds: new Map(one.holds) }])),
    };
    const counted = [];
    for (const { said } of scans) if (said) take(now, said, counted);
    return now;
  }

  function take(now, said, counted) {
    wait(now, said);
    if (said.doubts) counted.forEach((one) => doubt(now, one));
    if (said.situation === "unchecked") doubt(now, said);
    if (said.situation === "packed") put(now, said.tag, { at: said.into });
    if (said.case && (AT_ONCE.includes(said.situation) || said.situation === "each")) moveCase(now, said);
    if (!AT_ONCE.includes(said.situation)) return;
    for (const move of movesOf(said)) count(now, move, said);
    counted.push(said);
  }

  // A number waits for its code over what uses none up. A code that is not on the list may have used it.
  function wait(now, said) {
    const stays = LEAVES_NUMBER.includes(said.situation);
    now.number = said.situation === "quantity" ? said.pieces : stays ? said.number || 0 : 0;
    now.isNumberUnsure = stays && now.number > 0 && (now.isNumberUnsure || said.situation === "unlisted");
  }

  // One thing is its own move; a case has one for each line of what goes with it.
  const movesOf = (said) => said.moves || (said.line ? [said] : []);
  const tagsOf = (move) => move.tags || (move.tag ? [move.tag] : []);
  const put = (now, tag, facts) => now.pieces.set(tag, { ...now.pieces.get(tag), ...facts });

  function doubt(now, said) {
    for (const move of movesOf(said)) {
      if (now.lines.has(move.line)) now.lines.get(move.line).doubt += move.pieces;
      for (const tag of tagsOf(move)) put(now, tag, { isUnsure: true });
    }
    if (now.cases.has(said.case)) now.cases.get(said.case).isUnsure = true;
  }

  function count(now, move, said) {
    const line = now.lines.get(move.line), tags = tagsOf(move);
    if (!line) return;
    line[DONE[said.mode]] += move.pieces;
    line.waits = (line.waits || 0) + move.pieces;
    for (const tag of tags) movePiece(now, line, tag, said, (move.situation || said.situation) === "swapped");
    if (!tags.length && !said.case) moveCounted(now, line, move.pieces, said);
    if (said.mode === "in" && !said.case) endChecking(now);
  }

  // A swapped one takes the place of another, which this device does not know.
  function movePiece(now, line, tag, said, isSwap) {
    const piece = now.pieces.get(tag), wasChosen = ["prepped", "out"].includes(piece?.is);
    line.isSwapped ||= isSwap;
    if (said.mode === "in") line.chosen -= wasChosen ? 1 : 0;
    else line.chosen += wasChosen || isSwap ? 0 : 1;
    const at = said.case || (said.mode === "prep" && !said.into) ? piece?.at : said.mode === "out" ? 0 : said.into;
    put(now, tag, { is: IS[said.mode], at });
  }

  // Counted pieces leave the fullest shelf; that may be a case that stands open.
  function moveCounted(now, line, pieces, said) {
    const into = said.mode === "out" ? null : now.cases.get(said.into), moved = said.mode === "in" ? arriving(now, line, pieces) : pieces;
    if (into) into.holds.set(line.id, (into.holds.get(line.id) || 0) + moved);
    if (said.mode === "in") line.on_shelf += !into || isShelf(now, into) ? moved : 0;
    else if (said.mode === "out" || into) {
      line.on_shelf -= moved;
      for (const one of now.cases.values()) if (isShelf(now, one) && one.holds.has(line.id)) one.isUnsure = true;
    }
  }

  // What is at the event comes before what lies in cases that are being checked in, and that stays in them.
  function arriving(now, line, pieces) {
    const staying = checking(now).reduce((sum, one) => sum + (one.holds.get(line.id) || 0), 0);
    return Math.min(pieces, Math.max(0, still(line) + pieces - staying));
  }

  // --- cases ---------------------------------------------------------------------------------------------------------

  const inside = (now, one) => one.places.map((place) => now.cases.get(place)).filter(Boolean);
  const around = (now, one) => one.around.map((id) => now.cases.get(id));
  const isShelf = (now, one) => [one, ...around(now, one)].every((each) => !each.whose && !each.sealed);

  // What lies in a case that stands open for no event is on the shelves; once that is sealed or goes, it is not.
  function shelve(now, cases, sign) {
    for (const one of cases.filter((each) => isShelf(now, each))) for (const [line, pieces] of one.holds) now.lines.get(line).on_shelf += sign * pieces;
  }

  function moveCase(now, said) {
    const moved = now.cases.get(said.case);
    if (!moved) return;
    const into = said.mode === "out" || moved.places.includes(said.into) ? null : now.cases.get(said.into);
    const is = said.situation === "each" ? "checking" : CASE_IS[said.mode], cases = inside(now, moved);
    shelve(now, cases, -1);
    for (const one of cases) Object.assign(one, { is, whose: is === "stored" ? "" : "here", isBack: said.mode === "in" });
    if (said.mode !== "prep" || into) hang(now, moved, into);
    shelve(now, cases, 1);
  }

  // It leaves the cases that it lay in, and is in this one now, if in any.
  function hang(now, moved, into) {
    const left = moved.around, entered = into ? [into.id, ...into.around] : [];
    for (const one of around(now, moved)) one.places = one.places.filter((place) => !moved.places.includes(place));
    for (const one of inside(now, moved)) one.around = [...one.around.filter((id) => !left.includes(id)), ...entered];
    for (const one of around(now, moved)) one.places = [...one.places, ...moved.places];
  }

  const checking = (now) => [...now.cases.values()].filter((one) => one.is === "checking" && one.whose === "here");

  // A case that is checked in thing by thing is stored once nothing in it is waited for.
  function endChecking(now) {
    for (const one of checking(now).filter((each) => !isWaiting(now, each))) {
      Object.assign(one, { is: "stored", whose: "", isBack: true });
      shelve(now, [one], 1);
    }
  }

  const isWaiting = (now, one) =>
    [...now.pieces.values()].some((piece) => piece.at === one.id && piece.is === "out") || [...one.holds].some(([line, pieces]) => pieces && still(now.lines.get(line)) > 0);

  const still = (line) => line.out - line.returned;
  const counts = (line, mode) => (mode === "in" ? [line.returned, line.out] : [mode === "prep" ? Math.max(line.prepped, line.out) : line.out, line.planned]);

  return Object.freeze({ standing, counts, still, inside, around, AT_ONCE });
})();
