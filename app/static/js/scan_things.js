// What this device finds of a single piece, and of counted pieces, by its sheet. The server's rules are
// app/rules/verdicts.py; what others have claimed is for the server alone, and is said so: "unchecked", never green.
window.scanThings = (() => {
  "use strict";
  const { AT_ONCE, still } = window.scanStanding;
  const IS = { prep: "prepped", out: "out" };
  const BACK = { out: "planned", elsewhere: "not_out_here", returned: "same_again", back: "same_again" };

  // --- single pieces -------------------------------------------------------------------------------------------------

  function ofPiece(now, piece, mode, open) {
    if (mode === "in") return coming(piece);
    const own = stopped(piece, mode);
    if (own === "same_again") return open && piece.at !== open.id ? "packed" : own;
    if (piece.sealed && !["lost", "retired", "unchecked"].includes(own)) return "sealed";
    return own || against(now, now.lines.get(piece.line), mode, 1, piece.is === "prepped");
  }

  // What stands in its way, whatever the list says, and the seal of its case aside. What came back since the sheet was
  // fetched may have been found damaged, or be worn now.
  function stopped(piece, mode) {
    if (["lost", "retired"].includes(piece.keeps)) return piece.keeps;
    if (piece.isUnsure) return "unchecked";
    if (piece.is === "out" || piece.is === IS[mode]) return "same_again";
    return piece.is === "back" ? "unchecked" : piece.keeps || "";
  }

  function coming(piece) {
    if (piece.keeps === "lost") return "lost";
    if (piece.isUnsure) return "unchecked";
    return piece.sealed && piece.is === "out" ? "sealed" : BACK[piece.is] || "not_out";
  }

  // --- counted pieces ------------------------------------------------------------------------------------------------

  function ofCounted(now, line, mode, pieces, open) {
    if (line.pieces) return "needs_piece";
    if (now.isNumberUnsure) return "unchecked";
    if (mode === "in") return countedBack(line, pieces);
    const found = against(now, line, mode, pieces, true);
    if (mode === "out") return lacking(line, pieces, "not_on_shelf") || found;
    return (open && AT_ONCE.includes(found) && lacking(line, pieces, "refused")) || found;
  }

  // What is in doubt may have left the shelves, or be on them again.
  function lacking(line, pieces, found) {
    if (line.on_shelf >= pieces + line.doubt) return "";
    return line.doubt ? "unchecked" : found;
  }

  function countedBack(line, pieces) {
    if (still(line) - line.doubt >= pieces) return "planned";
    if (line.doubt) return "unchecked";
    if (line.lost && !still(line)) return "lost";
    return line.returned && !still(line) ? "same_again" : "not_out";
  }

  // --- against the plan ----------------------------------------------------------------------------------------------

  const active = (line) => (line.pieces ? line.chosen : Math.max(line.prepped, line.out) - line.returned);
  const held = (line) => Math.max(line.claimed, line.out) - line.returned;

  // `before` are pieces of the same case that go along with these. What came back is not held for this event any more.
  function against(now, line, mode, pieces, isChosen, before = 0) {
    const isOut = mode === "out", needed = (isOut ? still(line) : active(line)) + before + pieces;
    if (needed > line.planned) return "already_met";
    if (needed + line.doubt > Math.min(line.planned, held(line))) return "unchecked";
    if (isOut && line.short && now.gate !== "allow" && needed > line.planned - line.short) return now.gate === "warn" ? "short" : "claimed_elsewhere";
    return chosen(line, pieces + (isOut ? 0 : before), isChosen);
  }

  function chosen(line, pieces, isChosen) {
    if ((isChosen && !line.isSwapped) || active(line) + line.doubt + pieces <= line.planned) return "planned";
    return isChosen || line.doubt ? "unchecked" : "swapped";
  }

  return Object.freeze({ ofPiece, ofCounted, stopped, against });
})();
