// What this device finds of a whole case: judged with everything in it that its sheet knows. What is in it and not on the
// list, it cannot judge, and says so.
window.scanCases = (() => {
  "use strict";
  const { AT_ONCE, inside, around, still } = window.scanStanding;
  const { stopped, against } = window.scanThings;
  const STRENGTH = [
    "retired", "lost", "out_elsewhere", "in_repair", "quarantined", "inspection_failed", "inspection_overdue",
    "claimed_elsewhere", "other_warehouse", "not_on_shelf", "unchecked", "already_met", "short", "swapped", "planned", "same_again",
  ];

  function ofCase(now, meant, mode, into) {
    const said = { case: meant.id, name: meant.name, mode, into };
    if (inside(now, meant).some((one) => one.isUnsure)) return { ...said, situation: "unchecked", moves: partsOf(now, meant, mode) };
    return { ...said, ...(mode === "in" ? coming(now, meant) : going(now, meant, mode, into)) };
  }

  const isShut = (one) => one.sealed || one.is === "out";
  const isClosed = (now, one) => [one, ...around(now, one)].some(isShut);
  const isSealedIn = (now, one) => around(now, one).some((outer) => outer.sealed);
  const piecesIn = (now, meant) => [...now.pieces.values()].filter((piece) => meant.places.includes(piece.at));
  const countedIn = (now, meant) => inside(now, meant).flatMap((one) => [...one.holds]);

  // --- on its way out ------------------------------------------------------------------------------------------------

  function going(now, meant, mode, into) {
    if (mode === "prep" && into === meant.id) return { situation: "closed_case", leaves: true };
    if (meant.whose === "here" && meant.is === "out") return { situation: "same_again" };
    if (isSealedIn(now, meant)) return { situation: "sealed" };
    if (meant.whose === "elsewhere") return { situation: meant.is === "packed" ? "claimed_elsewhere" : "out_elsewhere" };
    if (around(now, meant).some(isShut)) return { situation: "refused" };
    const parts = partsOf(now, meant, mode), found = strongest(parts);
    if (found === "unchecked") return { situation: found, moves: parts };
    return AT_ONCE.includes(found) || found === "same_again" ? sent(now, meant, mode, into, parts, found) : { situation: found };
  }

  function sent(now, meant, mode, into, parts, found) {
    const open = mode === "prep" ? openCase(now, into) : null;
    if (open && (isClosed(now, open) || meant.places.includes(open.id))) return { situation: "refused" };
    const moves = parts.filter((part) => part.situation !== "same_again");
    if (["short", "swapped"].includes(found)) return { situation: found, moves, into: open?.id || 0 };
    if (mode === "prep" && !meant.sealed && !open) return { situation: "packing", moves, place: { id: meant.id, name: meant.name }, into: 0 };
    return { situation: isMissing(now, meant) ? "incomplete" : "planned", moves, into: open?.id || 0 };
  }

  const openCase = (now, into) => [now.cases.get(into)].find((one) => one?.whose === "here") || null;
  const strongest = (parts) => STRENGTH.find((one) => parts.some((part) => part.situation === one)) || "planned";

  // Pieces with a reason of their own; then by the plan, those that were chosen before the others.
  function partsOf(now, meant, mode) {
    const parts = inside(now, meant).filter((one) => one.other || one.isBack).map(() => ({ line: 0, pieces: 0, situation: "unchecked" }));
    const groups = new Map();
    const add = (line, kind, pieces, tag) => groups.set(line, [...(groups.get(line) || []), { kind, pieces, tag }]);
    for (const piece of piecesIn(now, meant)) {
      const own = stopped(piece, mode);
      if (own) parts.push({ line: piece.line, pieces: 1, tags: [piece.tag], situation: own });
      else add(piece.line, piece.is === "prepped", 1, piece.tag);
    }
    // Counted pieces of a case that is prepped were counted when they were packed.
    if (mode !== "prep" || meant.whose !== "here") for (const [line, pieces] of countedIn(now, meant)) add(line, true, pieces);
    for (const [line, some] of groups) parts.push(...ofLine(now, now.lines.get(line), mode, some));
    return parts;
  }

  function ofLine(now, line, mode, some) {
    const parts = [];
    let before = 0;
    for (const isChosen of [true, false]) {
      const these = some.filter((one) => one.kind === isChosen), pieces = these.reduce((sum, one) => sum + one.pieces, 0);
      if (!pieces) continue;
      parts.push({ line: line.id, pieces, tags: these.map((one) => one.tag).filter(Boolean), situation: against(now, line, mode, pieces, isChosen, before) });
      before += pieces;
    }
    return parts;
  }

  // The slots of a case are filled by what lies in it, not in a case within it.
  function isMissing(now, meant) {
    const held = (line) => (meant.holds.get(line) || 0) + [...now.pieces.values()].filter((piece) => piece.at === meant.id && piece.line === line).length;
    return meant.lacks || meant.slots.some(([line, wanted]) => held(line) < wanted);
  }

  // --- on its way back -----------------------------------------------------------------------------------------------

  function coming(now, meant) {
    if (!meant.whose) return isClosed(now, meant) ? { situation: "refused" } : { situation: "location", place: { id: meant.id, name: meant.name } };
    if (meant.is === "packed") return { situation: "not_out" };
    if (meant.whose === "elsewhere") return { situation: "not_out_here" };
    if (meant.is === "checking") return { situation: "each" };
    if (isSealedIn(now, meant)) return { situation: "sealed" };
    return meant.check_in === "each" && isFilled(now, meant) ? { situation: "each" } : whole(now, meant);
  }

  const isFilled = (now, meant) => piecesIn(now, meant).length + countedIn(now, meant).length > 0 || inside(now, meant).some((one) => one.other);

  function whole(now, meant) {
    const pieces = piecesIn(now, meant), lines = new Map();
    const out = pieces.filter((piece) => piece.is === "out").map((piece) => ({ line: piece.line, pieces: 1, tags: [piece.tag] }));
    for (const [line, held] of countedIn(now, meant)) lines.set(line, (lines.get(line) || 0) + held);
    const counted = [...lines].map(([line, held]) => ({ line, pieces: Math.min(held, still(now.lines.get(line))) }));
    const moves = [...out, ...counted.filter((move) => move.pieces > 0)];
    if (pieces.some((piece) => piece.isUnsure) || counted.some(({ line }) => now.lines.get(line).doubt)) return { situation: "unchecked", moves };
    return { situation: isMissing(now, meant) ? "incomplete" : meant.check_in === "verify" ? "verify" : "planned", moves };
  }

  return Object.freeze({ ofCase, openCase, isClosed });
})();
