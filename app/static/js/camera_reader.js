// Finds codes in a picture: by the browser's own BarcodeDetector where it has one that knows our codes, by the vendored
// decoder in a worker elsewhere. codeReader(addresses) answers a function from a canvas to [{ text, x, y, isSquare }],
// where x and y say which point of the canvas the code's middle is, from 0 to 1.
window.codeReader = (() => {
  "use strict";
  const SQUARE = { qr_code: "QRCode", data_matrix: "DataMatrix" };
  const BARS = { code_128: "Code128", code_39: "Code39", ean_13: "EAN13", ean_8: "EAN8", itf: "ITF" };
  // Some detectors answer UPC-A as the EAN-13 that it is, and do not name it.
  const EITHER = { upc_a: "UPCA" };
  const FORMATS = { ...SQUARE, ...BARS, ...EITHER };

  const middle = (corners, side, length) => corners.reduce((sum, corner) => sum + corner[side], 0) / corners.length / length;

  function placed(text, isSquare, corners, canvas) {
    return { text, isSquare, x: middle(corners, "x", canvas.width), y: middle(corners, "y", canvas.height) };
  }

  // --- the browser's own -------------------------------------------------------------------------------------------

  async function native() {
    const known = "BarcodeDetector" in window ? await BarcodeDetector.getSupportedFormats() : [];
    if (!Object.keys({ ...SQUARE, ...BARS }).every((format) => known.includes(format))) return null;
    const detector = new BarcodeDetector({ formats: Object.keys(FORMATS).filter((format) => known.includes(format)) });
    return async (canvas) => (await detector.detect(canvas)).map((found) => placed(found.rawValue, found.format in SQUARE, found.cornerPoints, canvas));
  }

  // --- the vendored one --------------------------------------------------------------------------------------------

  async function vendored({ worker: address, reader, wasm }) {
    const worker = new Worker(address);
    const ask = (question, transferred = []) => new Promise((answer, refuse) => {
      const fail = (words) => { worker.terminate(); refuse(new Error(words)); };
      worker.onmessage = ({ data }) => (data.error ? fail(data.error) : answer(data.found));
      worker.onerror = (event) => { event.preventDefault(); fail(event.message || "no decoder"); };
      worker.postMessage(question, transferred);
    });
    const formats = Object.values(FORMATS);
    await ask({ reader: new URL(reader, location.href).href, wasm: new URL(wasm, location.href).href, formats });
    return async (canvas) => {
      const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const found = await ask({ data, width, height }, [data.buffer]);
      return found.map(({ text, format, corners }) => placed(text, Object.values(SQUARE).includes(format), corners, canvas));
    };
  }

  // A detector that promises and then fails, as some do, is left for the other.
  return async (addresses) => {
    let read = await native().catch(() => null);
    let isOurs = !read;
    read ||= await vendored(addresses);
    return (canvas) => read(canvas).catch(async (error) => {
      if (isOurs) throw error;
      isOurs = true;
      read = await vendored(addresses);
      return read(canvas);
    });
  };
})();
