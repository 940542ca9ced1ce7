// Writes the small Parquet and Arrow files that the tests read, and the CSV files of the same rows.
//
// node write_tables.mjs FOLDER      needs @duckdb/node-api 1.5, apache-arrow 21, parquet-wasm 0.8, hyparquet-writer, nodejs-polars 0.25
//
// Five writers: DuckDB, arrow-rs (parquet-wasm), Arrow for JavaScript, polars and hyparquet.

import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import * as arrow from "apache-arrow";
import * as wasm from "parquet-wasm";
import { parquetWriteBuffer } from "hyparquet-writer";
import pl from "nodejs-polars";

const folder = process.argv[2];
const at = (name) => path.join(folder, name);

// DuckDB: every type of a table, with open cells; two row groups, of which the second is short.
const duck = await (await DuckDBInstance.create(":memory:")).connect();
await duck.run(`create type colour as enum ('red', 'green', 'blue')`);
await duck.run(`create table t as select
  (i % 7)::tinyint as tiny, (i * 3 % 11)::smallint as small, case when i % 9 = 4 then null else i * 17 % 101 end::integer as usual,
  (i * i % 1000)::bigint as big, (i % 5)::utinyint as bytes, (i * 1000003 % 4000000000)::uinteger as wide,
  (i / 8.0)::double as exact, case when i % 10 = 3 then null else (i % 13) / 10.0 end::real as single,
  (i * 37 % 10000 / 100.0)::decimal(9, 2) as price, (i * 0.0001)::decimal(28, 4) as fine,
  case when i % 6 = 5 then null else i % 2 = 0 end as flag,
  (case when i % 8 = 7 then null else ['red', 'green', 'blue'][1 + i % 3] end)::colour as colour,
  date '2024-02-27' + (i % 4)::integer as day, timestamp '2024-02-29 23:59:58' + to_seconds(i % 3) as moment,
  case when i % 2 = 0 then 'yes, ' || (i % 3) else 'no' end as kind
  from range(2100) r(i)`);
await duck.run(`copy t to '${at("duckdb.parquet")}' (format parquet, compression snappy, row_group_size 2048)`);
await duck.run(`copy (select * replace (strftime(moment, '%Y-%m-%dT%H:%M:%S') as moment) from t) to '${at("duckdb.csv")}' (header)`);
fs.writeFileSync(at("duckdb.csv.gz"), zlib.gzipSync(fs.readFileSync(at("duckdb.csv"))));
fs.rmSync(at("duckdb.csv"));

// DuckDB: what is only read where nobody asks for it, and whole numbers that float64 does not hold.
await duck.run(`copy (select i::double as x, [i, i + 1] as list, {'a': i} as inner_, 'ab'::blob as bytes,
  9007199254740993 + i as long, 'k' || (i % 2) as kind from range(12) r(i)) to '${at("refused.parquet")}' (format parquet)`);

// DuckDB: types whose cells are texts, or have more digits than float64.
await duck.run(`copy (select i::double as x, time '10:00:00' + to_seconds(i) as hour,
  timestamptz '2024-03-01 00:00:00+00' + to_seconds(i % 2) as instant, timestamp_ns '2024-03-01 00:00:00.123456' as fine,
  (i % 3)::ubigint as natural, 'k' || (i % 2) as kind from range(12) r(i)) to '${at("moments.parquet")}' (format parquet)`);

// arrow-rs: dictionaries, open cells, Zstandard, and a row group for every 16 rows.
const words = ["one", "two, too", 'a "third"', null];
const rows = 50;
const cells = (make) => Array.from({ length: rows }, (_, row) => make(row));
const table = new arrow.Table({
  number: arrow.vectorFromArray(cells((i) => (i % 7 === 2 ? null : i / 4)), new arrow.Float64()),
  single: arrow.vectorFromArray(cells((i) => (i % 5 === 1 ? null : i / 10)), new arrow.Float32()),
  whole: arrow.vectorFromArray(cells((i) => (i % 6 === 0 ? null : i * 3 - 40)), new arrow.Int32()),
  long: arrow.vectorFromArray(cells((i) => BigInt(i) * 1000000007n), new arrow.Int64()),
  word: arrow.vectorFromArray(cells((i) => words[i % 4]), new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32())),
  flag: arrow.vectorFromArray(cells((i) => (i % 11 === 3 ? null : i % 3 === 0)), new arrow.Bool()),
  day: arrow.vectorFromArray(cells((i) => new Date(Date.UTC(2023, 11, 30 + (i % 3)))), new arrow.DateDay()),
  kind: arrow.vectorFromArray(cells((i) => `k${i % 2}`), new arrow.Utf8()),
});
const quoted = (cell) => (/[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
const text = (value) =>
  value === null ? "" : value instanceof Date ? value.toISOString().slice(0, 10) : quoted(String(value));
const names = table.schema.fields.map((field) => field.name);
// The digits of a float32 are those it was made of.
const single = (i) => (i % 5 === 1 ? "" : String(i / 10));
const days = (i) => new Date(Date.UTC(2023, 11, 30 + (i % 3)));
const line = (i) =>
  names.map((name) => (name === "single" ? single(i) : name === "day" ? text(days(i)) : text(table.getChild(name).get(i))));
fs.writeFileSync(at("rows.csv"), [names.join(","), ...cells((i) => line(i).join(","))].join("\n") + "\n");

const properties = new wasm.WriterPropertiesBuilder()
  .setCompression(wasm.Compression.ZSTD)
  .setMaxRowGroupSize(16)
  .setDictionaryEnabled(true)
  .build();
const stream = arrow.tableToIPC(table, "stream");
fs.writeFileSync(at("arrow-rs.parquet"), wasm.writeParquet(wasm.Table.fromIPCStream(stream), properties));

// Arrow for JavaScript: a file of three batches, and a stream.
const batches = new arrow.Table(table.schema, [0, 20, 40].flatMap((start) => table.slice(start, start + 20).batches));
fs.writeFileSync(at("rows.arrow"), arrow.tableToIPC(batches, "file"));
fs.writeFileSync(at("rows.arrows"), stream);

// polars: Feather as pandas packs it, and with Zstandard.
const polars = pl.DataFrame([
  pl.Series("number", cells((i) => (i % 7 === 2 ? null : i / 4)), pl.Float64),
  pl.Series("whole", cells((i) => (i % 6 === 0 ? null : i * 3 - 40)), pl.Int32),
  pl.Series("long", cells((i) => i * 1000000007), pl.Int64),
  pl.Series("word", cells((i) => words[i % 4]), pl.String).cast(pl.Categorical),
  pl.Series("flag", cells((i) => (i % 11 === 3 ? null : i % 3 === 0)), pl.Bool),
  pl.Series("kind", cells((i) => `k${i % 2}`), pl.String),
]);
polars.writeIPC(at("polars-lz4.feather"), { compression: "lz4" });
polars.writeIPC(at("polars-zstd.feather"), { compression: "zstd" });
for (const compression of ["gzip", "brotli", "lz4", "uncompressed"])
  polars.writeParquet(at(`polars-${compression}.parquet`), { compression });

// hyparquet: a writer that has little in common with the others.
const column = (name, type, make) => ({ name, type, data: cells(make) });
fs.writeFileSync(
  at("hyparquet.parquet"),
  Buffer.from(
    parquetWriteBuffer({
      columnData: [
        column("number", "DOUBLE", (i) => (i % 7 === 2 ? null : i / 4)),
        column("whole", "INT32", (i) => (i % 6 === 0 ? null : i * 3 - 40)),
        column("word", "STRING", (i) => words[i % 4]),
        column("flag", "BOOLEAN", (i) => (i % 11 === 3 ? null : i % 3 === 0)),
        column("kind", "STRING", (i) => `k${i % 2}`),
      ],
      rowGroupSize: 20,
    }),
  ),
);
