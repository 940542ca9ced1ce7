/// Mistakes of nn compare and nn search.
module NeuralNetwork.Tests.Cli.StudyMistakes

open NeuralNetwork.Tests.Cli.Mistakes

let private compare: Mistake list =
    behind
        "compare optimizers data --out x"
        [ "--optimizer adam", 2, "--optimizer: is what optimizers compares (--values a,b,c says which)"
          "--values adm", 2, "--values: unknown optimizer 'adm' (did you mean 'adam'?)"
          "--values adam,adam", 2, "--values: adam: given twice"
          "--preset orginal", 2, "--preset: orginal (did you mean original?)"
          "--seeds 0", 2, "--seeds: 0 (must be a whole number from 1 to 1000)"
          "--hidden 8 --epochs 2 --values adam,sgd --validation none --early-stopping 2", 2, "--early-stopping: no …" ]
    @ behind
        "compare optimizers data --out two"
        [ "", 2, "--out: two exists (--resume goes on with it, --force begins it again)"
          "--force --resume", 2, "--resume: does not go with --force (go on, or begin again)"
          "--resume --values adam --hidden 9", 2, "two: --hidden: 8 before, 9 now (--resume …"
          "--resume --values nadam --epochs 3", 2, "two: --epochs: 2 before, 3 now (--resume …"
          "--resume --preset original", 2, "two: --preset: auto before, original now (--resume …"
          "--resume --seed 7", 2, "two: --seed: 42 before, 7 now (--resume …" ]
    @ behind
        "compare"
        [ "optimizers data --out data --force", 2, "--out: data exists and is no comparison (no comparison.json in …"
          "", 2, "WHAT and DATA: missing (see nn compare --help)"
          "optimisers data --out x", 2, "WHAT: optimisers (did you mean optimizers?)"
          "regularization data --out x --values l2+l3", 2, "--values: l3 (did you mean l1?) (or none, or several …"
          "batch-modes data --out x --steps 9",
          2,
          "--steps: batch-modes sees equally many rows, in steps of different sizes (use --epochs)"
          "optimizers nowhere --out x", 3, "nowhere: no such data (mnist, …"
          "activations data --out two --resume", 2, "two: WHAT: optimizers before, activations now (--resume …" ]

let private search: Mistake list =
    behind
        "search data --out x --vary"
        [ "dropout", 2, "--vary: dropout: no range (must be NAME=LOW..HIGH, LOW..HIGH:log or A|B|C)"
          "learnin-rate=0.1..1", 2, "--vary: learnin-rate=0.1..1: no option of nn train (did you mean learning-rate?)"
          "foo=0.1..1", 2, "--vary: foo=0.1..1: no option of nn train (did you mean fold?)"
          "dropout=low..0.5", 2, "--vary: dropout=low..0.5: low for an end (must be a number)"
          "batch-size=1.5..8", 2, "--vary: batch-size=1.5..8: 1.5 for an end (must be a whole number)"
          "optimizer=adam..nadam", 2, "--vary: optimizer=adam..nadam: takes no numbers (must be A|B|C)"
          "dropout=0.5..0.1", 2, "--vary: dropout=0.5..0.1: 0.5 is not below 0.1"
          "learning-rate=0..0.1:log", 2, "--vary: learning-rate=0..0.1:log: 0 has no logarithm (must be above 0)"
          "learning-rate=0.1..1:lg", 2, "--vary: learning-rate=0.1..1:lg: lg (did you mean log?)"
          "optimizer=adam|adam", 2, "--vary: optimizer=adam|adam: adam twice"
          "seed=1|2", 2, "--vary: seed=1|2: the trials are drawn from --seed: it is the same for all"
          "separator=comma|semicolon",
          2,
          "--vary: separator=comma|semicolon: says how the data are written, which is the same for all trials …"
          "optimizer=adm|nadm", 2, "--vary: optimizer=adm|nadm: unknown optimizer 'adm' (did you mean 'adam'?)"
          "optimizer=adam|sdg --trials 1", 2, "--vary: optimizer=adam|sdg: unknown optimizer 'sdg' (one of: sgd, …"
          "batch-norm=true|maybe", 2, "--vary: batch-norm=true|maybe: maybe (must be true or false)"
          "dropout=0..2", 2, "--vary: dropout=0..2: 2 (must be at least 0 and below 1)"
          "dropout=0.1,0.2|0.1,0.3", 2, "--vary: trial 1 (dropout 0.1,0.2): --dropout: 2 values, 1 in --hidden (one …"
          "dropout=0..0.5 --vary dropout=0.1..0.2", 2, "--vary: dropout: given twice"
          "dropout=0..0.5 --dropout 0.1", 2, "--dropout: is what the search varies (--vary dropout=0..0.5)" ]
    @ behind
        "search data --out x"
        [ "--trials 1000", 2, "--trials: 1000 (must be a whole number from 1 to 999)"
          "--jobs 0", 2, "--jobs: 0 (must be a whole number from 1 to 256)"
          "--jobs 1.5", 2, "--jobs: 1.5 (must be a whole number from 1 to 256)"
          "--sampler grid", 2, "--sampler: grid (must be one of: random, tpe)"
          "--sampler tpe --halving 2 --vary epochs=4|8",
          2,
          "--halving: goes by epochs (all trials need the same number of them, and no --steps)"
          "--halving 1", 2, "--halving: 1 (must be at least 2: of so many trials one goes on)"
          "--halving 2 --steps 9",
          2,
          "--halving: goes by epochs (all trials need the same number of them, and no --steps)"
          "--plot data", 2, "--plot: data is a folder (must be a file)"
          "--plot trials.png", 2, "--plot: trials.png: not the name of an SVG file (must end with .svg)" ]
    @ behind
        "search"
        [ "nowhere --out x", 3, "nowhere: no such data (mnist, …"
          "data --out found", 2, "--out: found exists (--resume goes on with it, --force begins it again)"
          "data --out data --force", 2, "--out: data exists and is no search (no search.json in it)"
          "data --out found --resume --sampler tpe", 2, "found: --sampler: random before, tpe now (--resume …"
          "data --out found --trials 2 --epochs 2 --resume --hidden 9", 2, "found: --hidden: 8 before, 9 now …" ]

let all: Mistake list = compare @ search
