/// Mistakes of nn train.
module NeuralNetwork.Tests.Cli.TrainMistakes

open System
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Mistakes

/// Numbers that an option does not take, and what it does.
let private numbers: Mistake list =
    [ for option, given, wanted in
          [ "epochs", [ "0"; "-1"; "1.5"; "1e3"; "2147483648"; "abc" ], "a whole number from 1 to 2147483647"
            "lr", [ "0"; "-0.1"; "NaN"; "nan"; "inf"; "0,1"; "1e400" ], "a finite number above 0"
            "batch-size", [ "0"; "2147483648" ], "a whole number from 1 to 2147483647"
            "shards", [ "0"; "-1"; "1.5" ], "a whole number from 1 to 2147483647"
            "dropout", [ "1"; "1.1"; "-0.1"; "NaN" ], "at least 0 and below 1"
            "seed", [ "-1"; "18446744073709551616"; "abc" ], "a whole number from 0 to 18446744073709551615"
            "average", [ "0.999"; "mean:0.5" ], "one of: none, ema, swa"
            "threads", [ "0"; "-1"; "100000" ], "a whole number from 1 to 1024"
            "validation",
            [ "0"; "1"; "1.2"; "-0.5" ],
            "a number between 0 and 1, last: and such a number, folds, data, or none" ] do
          for text in given do
              $"--{option} {text}", 2, $"--{option}: {text} (must be {wanted})" ]

let private options: Mistake list =
    [ "--average emma", 2, "--average: emma (did you mean ema?)"
      "--average ema:1", 2, "--average: 1 (must be a number at least 0 and below 1 behind ema:)"
      "--average swa:", 2, "--average: empty (must be a number at least 0 and below 1 behind swa:)"
      "--average swa:-0.1", 2, "--average: -0.1 (must be a number at least 0 and below 1 behind swa:)"
      "--average ema:0.9:0.9", 2, "--average: 0.9:0.9 (must be a number at least 0 and below 1 behind ema:)"
      "--hiden 3", 2, "--hiden: unknown option (did you mean --hidden?)"
      "--epoch 3", 2, "--epoch: unknown option (did you mean --epochs?)"
      "--cost huber", 2, "--cost: unknown option (did you mean --loss?)"
      "--deterministic", 2, "--deterministic: unknown option"
      "--keep 2", 2, "--keep: unknown option"
      "--epochs", 2, "--epochs: no value given"
      "--epochs --seed 3", 2, "--epochs: no value given"
      "--epochs 1 --epochs 2", 2, "--epochs: given 2 times (once is enough)"
      "more", 2, "more: one argument too many"
      "@arguments.txt", 2, "@arguments.txt: one argument too many"
      "--epochs ''", 2, "--epochs: empty (must be a whole number from 1 to 2147483647)"
      "--hidden 128,,64", 2, "--hidden: empty (must be a whole number from 1 to 2147483647)"
      "--hidden 128,-1", 2, "--hidden: -1 (must be a whole number from 1 to 2147483647)"
      "--hidden 0", 2, "--hidden: 0 (must be a whole number from 1 to 2147483647)"
      "--hidden " + String.replicate 9999 "3," + "3", 2, "--hidden: 10000 values (must be at most 1000)"
      "--hidden 1000000,1000000", 2, "--hidden: a row is 2000784 numbers or more in its layers (limit 2000000)"
      "--preset 1e999", 2, "--preset: 1e999 (must be one of: auto, table, none, original)"
      "--l2 -1", 2, "--l2: -1 (must be a finite number from 0 on)"
      "--dates x", 2, "--dates: x (must be one of: auto, day-first, month-first, text)"
      "--unseen x", 2, "--unseen: x (must be one of: refuse, zero, other)"
      "--rare 0", 2, "--rare: 0 (must be a whole number from 1 to 2147483647)"
      "--optimizer momentum --momentum 1", 2, "--momentum: 1 (must be at least 0 and below 1)"
      "--beta2 1", 2, "--beta2: 1 (must be at least 0 and below 1)"
      "--epsilon 0", 2, "--epsilon: 0 (must be above 0)"
      "--eps 0", 2, "--eps: unknown option (did you mean --epsilon?)"
      "--optimizer adm", 2, "--optimizer: unknown optimizer 'adm' (did you mean 'adam'?)"
      "--activation rleu", 2, "--activation: unknown activation 'rleu' (did you mean 'relu'?)"
      "--loss binary-cross-entropy", 2, "--loss: binary-cross-entropy with 10 classes (needs 2, told apart by one …"
      "--output sigmoid --loss cross-entropy", 2, "--output: does not go with --loss cross-entropy (auto chooses …"
      "--batch-norm --batch-size 1", 2, "--batch-norm: a batch of 1 row has no variance (--batch-size must be at …"
      "--batch-size 8 --shards 9", 2, "--shards: a batch of 8 rows cannot be cut into 9 shards (at most 8)"
      "--batch-norm --batch-size 8 --shards 5",
      2,
      "--shards: a batch of 8 rows cannot be cut into 5 shards (at most 4, …"
      "--validation 0.0001", 2, "--validation: 0 of 600 rows (both parts need a row)"
      "--blas foo", 2, "--blas: foo (must be one of: auto, mkl, openblas, blis, accelerate, managed)"
      "--blas mkll", 2, "--blas: mkll (did you mean mkl?)"
      "--early-stopping 2 --validation none", 2, "--early-stopping: no rows to validate with (needs --validation)"
      "--class-weights 1,2", 2, "--class-weights: 2 weights for 10 classes (one for each)"
      "--class-weights balancd", 2, "--class-weights: balancd (did you mean balanced?)"
      "--class-weights -1,1,1,1,1,1,1,1,1,1", 2, "--class-weights: -1 (must be a finite number from 0 on)"
      "--class-weights 0,0,0,0,0,0,0,0,0,0", 2, "--class-weights: all weights are 0 (nothing would be learned)"
      "--members 1 --validation folds", 2, "--validation: folds with one network (every row would be left out; …"
      "--task regression", 2, "--task: regression does not go with data (its labels are classes)"
      "--config nowhere.json", 3, "nowhere.json: no such file…"
      "--config data", 3, "data: a folder (must be a file)"
      "--config --batch-norm", 2, "--config: no value given"
      "--config good.json --epochs 0", 2, "--epochs: 0 (must be a whole number from 1 to 2147483647)" ]

let private ofTables: Mistake list =
    [ "--decimal comma --thousands comma",
      2,
      "--thousands: comma is what stands before the decimals (--decimal point goes with it)"
      "--thousands dot", 2, "--thousands: dot is what stands before the decimals (--decimal comma goes with it)"
      "--separator ' --quote single", 2, "--separator: ' is what stands around texts (--quote none)"
      "--ignore kind", 2, "--ignore: column 'kind' is the target (--target names another one)"
      "--target knd", 3, "rows.csv: --target: no column 'knd' (did you mean kind?); has: x, z, kind" ]

/// Folders of other programs, with files that are called like those of a run, and those files.
let strangers: (string * (string * string) list) list =
    let ours = """{"schema": 1, "data": "data"}"""
    let tensors = "\032\000\000\000\000\000\000\000{\"__metadata__\":{\"format\":\"pt\"}}"

    [ "hugging", [ "config.json", """{"architectures": ["BertModel"], "hidden_size": 768}""" ]
      "listed", [ "config.json", "[]" ]
      "scrawled", [ "config.json", "{" ]
      "reported", [ "report.html", "<html/>"; "history.csv", "day,price\n" ]
      "weighed", [ "model.safetensors", tensors ]
      "mixed", [ "config.json", ours; "model.safetensors", tensors ] ]

/// Outputs that cannot be one: 2, or 4 where only the system knows.
let private outputs: Mistake list =
    [ "run", 2, "--out: run exists (--force replaces the run in it)"
      "mine", 2, "--out: mine exists and is no run folder (must be new or empty)"
      "mine --force", 2, "--out: mine is no run folder (--force replaces only runs)"
      "data --force", 2, "--out: data is no run folder (--force replaces only runs)"
      "file", 2, "--out: file is not a folder"
      "a\nb", 2, "--out: 'a b' is no path"
      "''", 2, "--out: '' is no path"
      String('n', 300), 2, "--out: a name of 300 bytes (at most 255)"
      for name, _ in strangers do
          name, 2, $"--out: {name} exists and is no run folder (must be new or empty)"
          $"{name} --force", 2, $"--out: {name} is no run folder (--force replaces only runs)"
      let device = if Elsewhere.isWindows then "NUL" else "/dev/null"
      $"{device} --force", 2, $"…{device}…"

      if OperatingSystem.IsLinux() && not Elsewhere.isWindows then
          "/dev/full", 2, "--out: /dev/full is not a folder"
          "/proc/none", 4, "/proc/none: create: the file system makes nothing of that name" ]

let all: Mistake list =
    behind "train data --out new" (options @ numbers)
    @ behind "train rows.csv --out new" ofTables
    @ behind "train data --steps 1 --blas managed --out" outputs
    @ [ "train mnist --dry-run --decimal comma --out new", 2, "--decimal: means nothing for mnist (it is about …"
        "train mnist --format csv --out new", 2, "--format: csv does not go with mnist…"
        "train nowhere --out new", 3, "nowhere: no such data (mnist, …"
        "train", 2, "DATA: missing (see nn train --help)"
        "train --out new", 2, "DATA: missing (see nn train --help)"
        "train data", 2, "--out: missing (see nn train --help)"
        "--out new train data", 2, "--out: stands before the command (nn train … --out …)" ]
