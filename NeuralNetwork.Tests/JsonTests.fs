/// The reports that an app is given, written as JSON and read back by what .NET has for it.
module NeuralNetwork.Tests.JsonTests

open System
open System.Text.Json
open NeuralNetwork
open NeuralNetwork.Analysis
open NeuralNetwork.Plans

let private web = JsonSerializerOptions JsonSerializerDefaults.Web

/// What a report is in JSON, and that it is read back as it was.
let private written (report: 'Report) : string =
    for options in [ JsonSerializerOptions.Default; web ] do
        let text = JsonSerializer.Serialize(report, options)
        Expect.equal (box report) (JsonSerializer.Deserialize(text, typeof<'Report>, options))

    JsonSerializer.Serialize(report, web)

let private score = Score.Of(0.25, 0.5)

let private epoch: EpochReport =
    { Epoch = 3
      Step = 24
      LearningRate = 0.125
      Train = score
      Penalty = 0.5
      Validation = Score.Missing
      Temperature = 1.0
      Seconds = 1.5 }

let private classScore = { Precision = 0.5; Recall = 0.25; F1 = 0.125; Support = 4 }

let private diagnosis: Diagnosis =
    { Step = 17
      Layer = 2
      Tensor = "z of layer 2"
      Row = 3
      IsOfBatch = true
      Column = 5
      Value = infinity
      Cause = "overflow"
      MayBeRate = true
      GradientNorms = [ 1.0; infinity ] }

let private customers =
    Network
        .Input(3)
        .Dense(2)
        .With(Loss.SoftmaxCrossEntropy)
        .Init<float32>(1UL)
        .With(
            Preprocessing.Named(Column.Number("age", nan), Column.Category("job", [| "clerk"; "nurse" |])),
            [| "stays"; "leaves" |]
        )

let tests =
    group
        "Json"
        [ test
              "The report of an epoch without validation is written with its numbers by their names, and read back"
              (fun () ->
                  let score accuracy loss = $"\"loss\":{loss},\"accuracy\":{accuracy},\"r2\":\"NaN\",\"rmse\":\"NaN\""
                  let train, missing = score "0.5" "0.25", score "\"NaN\"" "\"NaN\""

                  let expected =
                      "{\"epoch\":3,\"step\":24,\"learningRate\":0.125,"
                      + $"\"train\":{{{train}}},\"penalty\":0.5,\"validation\":{{{missing}}},\"temperature\":1,\"seconds\":1.5}}"

                  Expect.equal expected (written epoch))
          test "The report of a step is written and read back" (fun () ->
              let step: StepReport = { Epoch = 2; Step = 17; TotalSteps = 100; Loss = nan }
              Expect.equal """{"epoch":2,"step":17,"totalSteps":100,"loss":"NaN"}""" (written step))
          test "An evaluation is written and read back" (fun () ->
              let evaluated = customers.Evaluate(Dataset.Of([| 20f; 1f; 0f; 40f; 0f; 1f |], [| 0; 1 |], 2))
              Expect.mentions [ "\"loss\":"; "\"accuracy\":" ] (written evaluated))
          test "A classification is written and read back, with and without a probability" (fun () ->
              let found: Classification = { Class = 1; Label = "leaves"; Probability = 0.75 }
              Expect.equal """{"class":1,"label":"leaves","probability":0.75}""" (written found)
              Expect.mentions [ "\"probability\":\"NaN\"" ] (written { found with Probability = nan })
              let answer = customers.Classify(ReadOnlySpan [| 20f; 1f; 0f |])
              Expect.mentions [ $"\"label\":\"{answer.Label}\"" ] (written answer))
          test "The report of predicted classes is written and read back" (fun () ->
              let report: ClassReport =
                  { Accuracy = 0.5
                    PerClass = [| classScore; classScore |]
                    Macro = classScore
                    Confusion = [| [| 1; 2 |]; [| 3; 4 |] |]
                    TopFive = nan
                    AUC = 0.5
                    CalibrationError = nan }

              Expect.mentions
                  [ "\"perClass\":[{\"precision\":0.5,\"recall\":0.25,\"f1\":0.125,\"support\":4}"
                    "\"confusion\":[[1,2],[3,4]]"
                    "\"topFive\":\"NaN\"" ]
                  (written report))
          test "The report of predicted values is written and read back" (fun () ->
              let report: ValueReport = { R2 = nan; RMSE = 0.5; MAE = 0.25 }
              Expect.equal """{"r2":"NaN","rmse":0.5,"mae":0.25}""" (written report))
          test "What a look at training finds is written and read back" (fun () ->
              Expect.mentions
                  [ "\"value\":\"Infinity\""; "\"gradientNorms\":[1,\"Infinity\"]"; "\"finding\":" ]
                  (written diagnosis)

              let noise: GradientNoise = { BatchSize = 4; Batches = 2; SquaredNorm = nan; Variance = 0.5 }
              Expect.mentions [ "\"batchSize\":4"; "\"squaredNorm\":\"NaN\"" ] (written noise)
              let symptoms: Symptoms = { ConstantOutputs = true; AlikeUnits = [ 0; 2 ]; ZeroGradient = [] }

              Expect.equal """{"constantOutputs":true,"alikeUnits":[0,2],"zeroGradient":[]}""" (written symptoms)

              Expect.equal """{"squares":0.25,"shares":"NaN"}""" (written { Squares = 0.25; Shares = nan }))
          test "The end of a training is written as it says itself, and not read" (fun () ->
              let json (ending: FitEnd) = JsonSerializer.Serialize(ending, web)
              Expect.equal "\"finished\"" (json FitEnd.Finished)
              Expect.equal "\"cancelled\"" (json FitEnd.Cancelled)
              Expect.mentions [ "\"stopped: " ] (json FitEnd.Stopped)
              Expect.mentions [ "\"diverged: "; "epoch 1, step 17" ] (json (FitEnd.Diverged(1, 17, nan, diagnosis)))
              let answer = {| End = FitEnd.Finished; Epochs = [ epoch ] |}
              Expect.mentions [ "\"end\":\"finished\"" ] (JsonSerializer.Serialize(answer, web))

              Expect.raises<NotSupportedException>(fun () ->
                  JsonSerializer.Deserialize<FitEnd>("\"finished\"", web) |> ignore)
              |> ignore)
          test "The check of a gradient is written" (fun () ->
              let found = customers.CheckGradient(Training.Default, [| 0.3; -1.2; 0.8 |], [| 0.0; 1.0 |])
              Expect.mentions [ "\"passed\":true"; "\"exactError\":" ] (JsonSerializer.Serialize(found, web))) ]
