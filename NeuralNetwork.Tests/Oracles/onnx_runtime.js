// Runs an ONNX model on rows: node onnx_runtime.js MODEL.onnx float32|float64 ROWS COLS OUTPUT < numbers > numbers
// (raw little-endian). Needs the package onnxruntime-node; NODE_PATH says where it is.
const runtime = require('onnxruntime-node');
const fs = require('fs');

const [model, type, rows, cols, output] = process.argv.slice(2);

(async () => {
  const bytes = fs.readFileSync(0);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const numbers = type === 'float64' ? new Float64Array(buffer) : new Float32Array(buffer);
  const session = await runtime.InferenceSession.create(model);
  const feeds = { input: new runtime.Tensor(type, numbers, [Number(rows), Number(cols)]) };
  const result = (await session.run(feeds))[output];
  const data = output === 'label' ? Float64Array.from(result.data, Number) : result.data;
  fs.writeSync(1, Buffer.from(data.buffer, data.byteOffset, data.byteLength));
})();
