// How far an event's list is on this device: as its sheet was kept last, with the scans counted in that wait here. What
// they leave uncertain (one that could not be judged, one that was taken back) is remembered as a doubt.
window.scanStanding = (() => {
  "use strict";
  const AT_ONCE = ["planned", "swapped", "short", "incomplete", "packing", "verify"];
  const DONE = { prep: "prepped", out: "out", in: "returned" };
  const IS = { prep: "prepped", out: "out", in: "back" };
  const CASE_IS = { prep: "packed", out: "out", in: "stored" };

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
    now.number = said.situation === "quantity" ? said.pieces : 0;
    if (said.doubts) counted.forEach((one) => doubt(now, one));
    if (said.situation === "unchecked") doubt(now, said);
    if (said.situation === "packed") put(now, said.tag, { at: said.into });
    if (said.case && (AT_ONCE.includes(said.situation) || said.situation === "each")) moveCase(now, said);
    if (!AT_ONCE.includes(said.situation)) return;
    for (const move of movesOf(said)) count(now, move, said);
    counted.push(said);
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
    const into = said.mode === "out" ? null : now.cases.get(said.into);
    if (into) into.holds.set(line.id, (into.holds.get(line.id) || 0) + pieces);
    if (said.mode === "out" || (said.mode === "prep" && into)) {
      line.on_shelf -= pieces;
      for (const one of now.cases.values()) if (!one.whose && !one.sealed && one.holds.has(line.id)) one.isUnsure = true;
    } else if (said.mode === "in") line.on_shelf += pieces;
  }

  const inside = (now, one) => one.places.map((place) => now.cases.get(place)).filter(Boolean);

  function moveCase(now, said) {
    const moved = now.cases.get(said.case), into = said.mode === "prep" && now.cases.get(said.into);
    if (!moved) return;
    const is = said.situation === "each" ? "checking" : CASE_IS[said.mode];
    for (const one of inside(now, moved)) Object.assign(one, { is, whose: is === "stored" ? "" : "here", isBack: said.mode === "in" });
    if (into) hang(now, moved, into);
  }

  function hang(now, moved, around) {
    around.places = [...new Set([...around.places, ...moved.places])];
    for (const one of inside(now, moved)) one.around = [...one.around, around.id];
  }

  const counts = (line, mode) => (mode === "in" ? [line.returned, line.out] : [mode === "prep" ? Math.max(line.prepped, line.out) : line.out, line.planned]);

  return Object.freeze({ standing, counts, inside, AT_ONCE });
})();
