/// Mistakes of the other commands, and those that several have in common.
module NeuralNetwork.Tests.Cli.OtherMistakes

open NeuralNetwork.Tests.Cli.Mistakes

let private gradcheck: Mistake list =
    behind
        "gradcheck"
        [ "--all --hidden 3", 2, "--hidden: does not go with --all (which has networks and rows of its own)"
          "--quick --l2 0.1", 2, "--l2: does not go with --quick (which has networks and rows of its own)"
          "--quick --rows 3", 2, "--rows: does not go with --quick (which has networks and rows of its own)"
          "--quick data", 2, "data: does not go with --quick (which has networks and rows of its own)"
          "--all --quick", 2, "--quick: does not go with --all (one of the two)"
          "data --classes 3", 2, "--classes: does not go with data (which has features and classes of its own)"
          "data --inputs 3", 2, "--inputs: does not go with data (which has features and classes of its own)"
          "run --hidden 3", 2, "--hidden: does not go with run (which has a model of its own)"
          "run run", 2, "run: one argument too many (at most one data set and one model)"
          "--classes 1", 2, "--loss: cross-entropy with 1 class (needs 2; squared-error takes any number)"
          "--cost huber", 2, "--cost: unknown option (did you mean --loss?)"
          "--criterion huber", 2, "--criterion: unknown option (did you mean --loss?)"
          "--loss huber --class-weights balanced", 2, "--class-weights: there are no classes (values are learned)" ]

let private explain: Mistake list =
    behind
        "explain"
        [ "adan", 2, "explain adan: unknown name (did you mean adam?)"
          "optimizr adam", 2, "explain optimizr: unknown name (did you mean optimizer?)"
          "plan data --inputs 7", 2, "--inputs: does not go with data (which has features and classes of its own)" ]

let private others: Mistake list =
    [ "help trian", 2, "trian: unknown command (did you mean train?)"
      "trian --help", 2, "trian: unknown command (did you mean train?)"
      "trian", 2, "trian: unknown command (did you mean train?)"
      "data inspect", 2, "DATA: missing (see nn data inspect --help)"
      "data inspect -t.csv", 2, "-t.csv: unknown option"
      "data inspect rows.csv --index-base 0", 2, "--index-base: means nothing for rows.csv (it is about LIBSVM files)"
      "evaluate nowhere data", 3, "nowhere: no such model"
      "evaluate run data --plot picture.svg", 2, "--plot: picture.svg exists (--force replaces it)"
      "evaluate run data --plot picture.png", 2, "--plot: picture.png: not the name of an SVG file (must end with .svg)"
      "predict data/t10k-labels-idx1-ubyte data", 3, "data/t10k-labels-idx1-ubyte: header: length …"
      "predict run data --out said.json",
      2,
      "--out: said.json: predictions are CSV or NPY (did you mean said.csv or said.npy?)"
      "predict members rows.csv --out rows.csv --force", 2, "--out: rows.csv is what is predicted from" ]

/// Options about columns or cells of data that have none.
let private aboutCells: Mistake list =
    [ for data in [ "data"; "sparse.libsvm" ] do
          for command in
              [ $"train {data} --out new"
                $"compare optimizers {data} --out new"
                $"search {data} --trials 2 --out new"
                $"explain plan {data}" ] do
              for option in
                  [ "--target foo"
                    "--ignore foo"
                    "--categorical foo"
                    "--missing drop"
                    "--separator tab"
                    "--header no" ] do
                  $"{command} {option}", 2, $"{option.Split(' ')[0]}: means nothing for {data} (it is about …CSV…" ]

let all: Mistake list = gradcheck @ explain @ others @ aboutCells
