// What a device can say about a scan by itself: from the event's sheet as it was kept last, and from the scans that it
// has not sent yet. It says what it finds there; what it cannot know is kept, said to be unchecked, and judged by the
// server. The server's rules are app/rules/verdicts.py; what a sheet knows is app/queries/event_sheet.py.
window.scanJudge = (() => {
  "use strict";
  const COMMANDS = ["UNDO", "PREP", "OUT", "IN", "DAMAGED", "DONE"];
  const DOUBTS = ["UNDO", "DAMAGED"];
  const OWN = ["kept", "unlisted", "unchecked", "not_kept"];
  const { standing } = window.scanStanding;
  const { ofPiece, ofCounted } = window.scanThings;
  const { ofCase, openCase, isClosed } = window.scanCases;

  // --- reading a code ------------------------------------------------------------------------------------------------

  const key = (code) => code.normalize("NFC").replaceAll("\u001d", "").trim().toLowerCase();

  // As it arrived, without the marks of a symbology, of our own label, or the GTIN of a GS1 label.
  function readings(text) {
    const bare = text.replace(/^\][A-Za-z][0-9A-Za-z]/, "").replace(/^\*(.+)\*$/, "$1");
    const found = [text, bare];
    const gtin = /^\(?01\)?(\d{14})/.exec(bare);
    if (gtin) found.push(gtin[1]);
    if (bare.startsWith(`${location.origin}/`)) found.push(decodeURIComponent(bare.slice(location.origin.length + 3)));
    return found.map(key);
  }

  function entry(code, number) {
    const given = /^(\d{1,4}) *\* *(\S.*)$/.exec(code.trim());
    return given ? { text: given[2], pieces: Math.max(Number(given[1]), number) } : { text: code.trim(), pieces: number || 1 };
  }

  const called = (codes, text) => readings(text).map((one) => codes[one]).find(Boolean);

  // --- judging -------------------------------------------------------------------------------------------------------

  // A sheet without a gate was kept by an earlier version, which knew less.
  function judge(sheet, scans, { code, mode, number, into = 0 }) {
    const card = code.trim().toUpperCase();
    if (COMMANDS.includes(card)) return { situation: "kept", doubts: DOUBTS.includes(card) };
    if (!sheet?.is_open || !sheet.gate) return { situation: "unchecked" };
    const now = standing(sheet, scans), waits = number || now.number;
    return { number: waits, ...found(sheet, now, entry(code, waits), mode, into) };
  }

  function found(sheet, now, { text, pieces }, mode, into) {
    const known = called(sheet.codes, text), place = called(sheet.places, text);
    if (known?.case) return ofCase(now, now.cases.get(known.case), mode, into);
    if (known) return moved(now, known, mode, pieces, into);
    if (place) return { situation: "location", name: place.name, place: mode === "in" ? place : null };
    return /^[1-9]\d{0,3}$/.test(text) ? { situation: "quantity", pieces: Number(text) } : { situation: "unlisted" };
  }

  function moved(now, known, mode, pieces, into) {
    const line = now.lines.get(known.line), open = mode === "prep" ? openCase(now, into) : null, place = mode === "in" ? now.cases.get(into) : open;
    const thing = { line: line.id, mode, into: mode === "prep" ? open?.id || 0 : into, pieces: known.tag ? 1 : pieces, tag: known.tag || "", name: known.tag || line.product };
    if (place && isClosed(now, place)) return { situation: "refused", ...thing };
    return { situation: known.tag ? ofPiece(now, now.pieces.get(known.tag), mode, open) : ofCounted(now, line, mode, pieces, open), ...thing };
  }

  // What the server is told of it: a situation of its own table, or that the scan was only kept.
  const told = ({ situation }) => (OWN.includes(situation) ? "kept" : situation);

  return Object.freeze({ judge, told });
})();
