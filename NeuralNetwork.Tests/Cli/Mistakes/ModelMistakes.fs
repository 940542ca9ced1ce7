/// Mistakes of nn model.
module NeuralNetwork.Tests.Cli.ModelMistakes

open NeuralNetwork.Tests.Cli.Mistakes

let private export: Mistake list =
    behind
        "model export model.safetensors"
        [ "", 2, "--out: missing (see nn model export --help)"
          "--out there.onnx", 2, "--out: there.onnx exists (--force replaces it)"
          "--out m.h5", 2, "--out: m.h5: no format has this ending (known: .onnx, .npz, .safetensors, .cs; --format …"
          "--out m.pt", 2, "--out: m.pt: nothing is pickled (did you mean m.safetensors --layout torch?)"
          "--out m.bin --format onx", 2, "--format: onx (did you mean onnx?)"
          "--out m.onnx --layout torch", 2, "--layout: nothing to lay out in onnx (safetensors has layouts)"
          "--out m.cs --inputs columns", 2, "--inputs: nothing to choose in cs (onnx has inputs)"
          "--out m.onnx --inputs columns --data x.csv",
          2,
          "--data: rows of a file are compared as features (leave it away: …"
          "--out m.onnx --inputs rows", 2, "--inputs: rows (must be one of: features, columns)"
          "--out m.onnx --class X", 2, "--class: no C# is written (onnx is)"
          "--out m.cs --class 1X", 2, "--class: '1X' (must be a name in C#)"
          "--out m.cs --class class", 2, "--class: 'class' is a keyword of C# (needs another name)"
          "--out m.cs --class Predict", 2, "--class: 'Predict' is a name that the class itself uses (needs another …"
          "--out m.cs --namespace int", 2, "--namespace: 'int' is a keyword of C# (needs another name)"
          "--out model.safetensors --force", 2, "--out: model.safetensors is the model itself" ]
    @ behind
        "model export"
        [ "ensemble.safetensors --out m.safetensors --layout torch",
          2,
          "--layout: an ensemble of 3 members is no nn.Sequential (--layout model, or the ending .onnx, …"
          "none.safetensors --out m.onnx", 3, "none.safetensors: no such model"
          "weights.safetensors --out m.onnx",
          3,
          "weights.safetensors: __metadata__: has no description: not a model of this library" ]

let private import: Mistake list =
    behind
        "model import weights.safetensors --out m.safetensors"
        [ "--layers 0,3", 3, "weights.safetensors: layers: no layer '3' (did you mean '0'?)"
          "--labels a,b,c", 3, "weights.safetensors: labels: 3 names for 2 outputs"
          "--activation rellu", 2, "--activation: unknown activation 'rellu' (did you mean 'relu'?)"
          "--mean 1,2,3", 3, "weights.safetensors: mean: 3 numbers for 2 inputs (one for all, or one for each)"
          "--mean x", 2, "--mean: x (must be a finite number, or a file: .npy, .csv or .txt)"
          "--deviation 1,0", 2, "--deviation: 0 (must be a finite number above 0, or a file: .npy, .csv or .txt)"
          "--mean none.npy", 3, "none.npy: no such file…"
          "--mean words.csv", 3, "words.csv: number 1: b (must be a finite number)"
          "--mean empty.txt", 3, "empty.txt: no numbers (expected one for all features, or one for each)"
          "--mean words.npy", 3, "words.npy: header: 4 bytes (need at least 10)" ]
    @ behind
        "model import"
        [ "weights.safetensors", 2, "--out: missing (see nn model import --help)"
          "none.safetensors --out m.safetensors", 3, "none.safetensors: no such file…"
          "text.safetensors --out m.safetensors", 3, "text.safetensors: header: looks like text, such as CSV: not a …"
          "strange.safetensors --out m.safetensors", 3, "strange.safetensors: tensor 'embedding': belongs to no weight"
          "model.safetensors --out m.safetensors --mean 1", 2, "--mean: model.safetensors describes itself (nothing …"
          "model.safetensors --out m.safetensors --divisor 255", 2, "--divisor: model.safetensors describes itself …" ]

let all: Mistake list =
    export
    @ import
    @ [ "model show", 2, "MODEL: missing (see nn model show --help)"
        "model verify", 2, "FILE|RUN: missing (see nn model verify --help)" ]
