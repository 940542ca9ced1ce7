/// Names, settings and notes of optimizers, and what conventions make of them.
module NeuralNetwork.Tests.Maths.OptimizerNameTests

open System
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Maths.OptimizerCases

let private names =
    [ "sgd"; "momentum"; "nag"; "adagrad"; "rmsprop"; "adadelta"; "adam" ]
    @ [ "amsgrad"; "adamw"; "adamax"; "nadam"; "radam"; "lion"; "rprop" ]

/// Is a number what these words say, as in: at least 0 and below 1?
let private isSaid (words: string) (x: float) : bool =
    words.Split " and "
    |> Array.forall (fun part ->
        let blank = part.LastIndexOf ' '
        let bound = float part[blank + 1 ..]

        match part[.. blank - 1] with
        | "at least" -> x >= bound
        | "above" -> x > bound
        | "below" -> x < bound
        | other -> Expect.fail $"'{other}' is no word of a range")

/// Numbers in and out of every range, with the neighbours of the ends.
let private numbers: float list =
    [ -infinity; -1.0; 0.5; 2.0; 1e300; infinity ]
    @ [ for x in [ 0.0; 1.0 ] do
            yield! [ Double.BitDecrement x; x; Double.BitIncrement x ] ]

let tests =
    group
        "Optimizer"
        (byEntry
            [ test "Optimizers go by their names in every convention" (fun () ->
                  Expect.equal names (Optimizer.all |> List.map Optimizer.name)

                  for convention in Convention.all do
                      Expect.equal names (ofConvention convention |> List.map Optimizer.name)

                      for optimizer in ofConvention convention do
                          Expect.equal None (Optimizer.defect optimizer)
                          Expect.between 1e-4 1.0 (Optimizer.learningRate convention optimizer))
              test "Every optimizer has a formula on short lines" (fun () ->
                  for convention in Convention.all do
                      for optimizer in ofConvention convention do
                          let formula = Optimizer.formula optimizer
                          Expect.that (not (Seq.isEmpty formula)) "nothing is there"
                          formula |> List.iter (fun line -> Expect.atMost 110 line.Length))
              test "Every optimizer has a note that says its name, its idea and its paper on short lines" (fun () ->
                  for optimizer in Optimizer.all do
                      let note = (OptimizerPages.opened optimizer).Note
                      Expect.equal (Optimizer.name optimizer) note.Name
                      Expect.that (not (Seq.isEmpty note.Idea)) "nothing is there"
                      Expect.that (not (Seq.isEmpty note.Paper)) "nothing is there"

                      [ note.Idea; note.Paper; note.Defaults ] |> List.iter (fun line -> Expect.atMost 110 line.Length))
              eachNamed "An optimizer is its name and its settings" cases (fun (optimizer: Optimizer) ->
                  let blank = Optimizer.all |> List.find (fun one -> Optimizer.name one = Optimizer.name optimizer)

                  let rebuilt =
                      Optimizer.settings optimizer
                      |> List.fold
                          (fun one setting -> one |> Result.bind (Optimizer.withSetting setting.Name setting.Value))
                          (Ok blank)

                  Expect.equal (Ok optimizer) (rebuilt))
              test "A setting that does not belong or does not fit is refused in a sentence" (fun () ->
                  let refused name value optimizer =
                      match Optimizer.withSetting name value optimizer with
                      | Error message -> message
                      | Ok _ -> "accepted"

                  let number = Setting.Number

                  Expect.equal
                      "1 (must be at least 0 and below 1)"
                      (refused "beta1" (number 1.0) (Optimizer.Adam Adam.standard))

                  Expect.equal "0 (must be above 0)" (refused "epsilon" (number 0.0) (Optimizer.Adam Adam.standard))
                  let ofNaN = refused "beta1" (number nan) (Optimizer.Lion Lion.standard)
                  Expect.that (ofNaN.StartsWith "NaN (must") ofNaN
                  Expect.equal "does not belong to sgd (which takes none)" (refused "rho" (number 0.5) Optimizer.SGD)

                  Expect.equal
                      "has another kind of value"
                      (refused "beta1" (Setting.Flag true) (Optimizer.Adam Adam.standard))

                  let ofOne = refused "eta-plus" (number 1.0) (Optimizer.Rprop Rprop.standard)
                  Expect.that (ofOne.EndsWith "(must be above 1)") ofOne)
              test
                  "A setting takes the numbers that the words of its range say, to the last bit of their ends"
                  (fun () ->
                      for optimizer in Optimizer.all do
                          for setting in Optimizer.settings optimizer do
                              let given x = Optimizer.withSetting setting.Name (Setting.Number x) optimizer

                              match setting.Value, given nan with
                              | Setting.Number _, Error sentence ->
                                  let words = sentence.Replace("NaN (must be ", "").TrimEnd ')'
                                  let said = numbers |> List.filter (fun x -> Double.IsFinite x && isSaid words x)
                                  Expect.equal said (numbers |> List.filter (given >> Result.isOk))
                              | Setting.Number _, Ok _ -> Expect.fail $"{setting.Name} may be NaN"
                              | _ -> ())
              test "Conventions differ where frameworks do" (fun () ->
                  let settings = Convention.settings
                  Expect.equal 0.9 ((settings Convention.Torch).BatchNormDecay)
                  Expect.equal 1e-3 (settings Convention.Keras3).BatchNormEpsilon
                  Expect.equal Distribution.UncorrectedTruncatedNormal (settings Convention.Keras2).NormalWeights
                  Expect.equal Distribution.TruncatedNormal (settings Convention.Keras3).NormalWeights
                  Expect.equal Distribution.Normal (settings Convention.Torch).NormalWeights
                  let differ = List.map2 (<>) (ofConvention Convention.Torch) (ofConvention Convention.Keras3)

                  Expect.equal
                      [ "sgd"; "lion"; "rprop" ]
                      (List.zip names differ |> List.filter (snd >> not) |> List.map fst)) ])
