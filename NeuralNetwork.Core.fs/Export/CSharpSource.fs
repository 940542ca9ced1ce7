namespace NeuralNetwork.Export

open System
open NeuralNetwork
open NeuralNetwork.Formats
open NeuralNetwork.Maths

/// A model as one file of C# 12 that needs nothing but .NET 8: a static class with the weights in it to the bit, and a Predict
/// on spans that allocates nothing, or for rows of more than 16384 numbers only at a thread's first prediction.
/// Batch norms behind dense layers are part of these; dropout is not there. An ensemble is a loop over its members.
module internal CSharpSource =

    /// Rows up to this many numbers lie on the stack, wider ones in arrays that each thread keeps.
    [<Literal>]
    let private LargestOnStack = 16384

    let private indented = List.map (fun line -> if line = "" then "" else "    " + line)

    // Steps -----------------------------------------------------------------------------------------------------------

    /// Numbers with an index, each made into something else in its place.
    let private eachIn (kind: string) (row: string) (width: int) (formula: string) : string list =
        [ $"for (var unit = 0; unit < {width}; unit++)"
          "{"
          $"    double z = {row}[unit];"
          $"    {row}[unit] = ({kind})({formula});"
          "}" ]

    let private activate kind row width activation =
        CSharpFormula.activation activation |> Option.map (eachIn kind row width) |> Option.defaultValue []

    let private softmax (row: string) (width: int) : string list = [ $"Softmax({row}[..{width}]);" ]

    /// The lines of a layer, and the rows that hold what is current and what is free after it.
    let private step
        (kind: string)
        (members: int)
        (current: string, free: string)
        (index: int, inputs: int, layer: Layer)
        =
        let stays lines = lines, (current, free)
        let ofUnit name = CSharpFormula.ofUnit members $"{name}{index}" inputs

        match layer with
        | Layer.Dense(units, _) ->
            let weights = CSharpFormula.ofMember members $"Weight{index}" (units * inputs)
            let biases = CSharpFormula.ofMember members $"Bias{index}" units
            [ $"Dense({current}[..{inputs}], {weights}, {biases}, {free}[..{units}]);" ], (free, current)
        | Layer.Activate activation -> stays (activate kind current inputs activation)
        | Layer.PReLU _ -> stays (eachIn kind current inputs $"""z > 0 ? z : {ofUnit "Slope"} * z""")
        | Layer.Periodic settings ->
            let features = settings.Features |> List.map string |> String.concat ", "
            let waves, mixtures = settings.Features.Length * settings.Frequencies, Periodic.added settings
            let part name count = CSharpFormula.ofMember members $"{name}{index}" count
            let w, b = part "Frequency" waves, part "Phase" waves
            let v, c = part "Weight" (mixtures * settings.Frequencies), part "Bias" mixtures

            [ $"Periodic({current}[..{inputs}], [{features}], {w}, {b}, {v}, {c}, {free}[..{inputs + mixtures}]);" ],
            (free, current)
        | Layer.Softmax -> stays (softmax current inputs)
        | Layer.Dropout _ -> stays []
        | Layer.BatchNorm _ ->
            let formula = $"""(z - {ofUnit "Mean"}) * {ofUnit "Factor"} + {ofUnit "Beta"}"""
            stays (eachIn kind current inputs formula)

    /// Whether rows by names are encoded in more digits than the network computes in, so that scaling them rounds once.
    let private isWidened (kind: string) (preprocessing: Preprocessing) : bool =
        kind <> "double" && CSharpRows.isGiven preprocessing

    /// (x / Divisor - Shift) / Scale
    let private features (kind: string) (preprocessing: Preprocessing) : string list =
        let divisor = CSharpFormula.number preprocessing.Divisor
        let feature = if isWidened kind preprocessing then "double.CreateTruncating(x[unit])" else "x[unit]"
        let divided = if preprocessing.Divisor = 1.0 then feature else $"{feature} / {divisor}"
        let hasShift = preprocessing.Shift.Length > 0
        let formula = if hasShift then $"({divided} - Shift[unit]) / Scale[unit]" else divided

        [ "for (var unit = 0; unit < Inputs; unit++)"; $"    a[unit] = ({kind})({formula});" ]

    let private output (kind: string) (row: string) (outputs: int) (loss: Loss) : string list =
        match Loss.output loss with
        | Output.Linear -> []
        | Output.Sigmoid -> activate kind row outputs Activation.Sigmoid
        | Output.Softmax -> softmax row outputs
        | Output.Exponential -> activate kind row outputs Activation.Exponential

    /// A row of so many numbers, which nothing is read from before it is written.
    let private row (kind: string) (name: string) (width: int) (length: string) : string =
        let place = if width <= LargestOnStack then "stackalloc" else $"wide_{name} ??= new"
        $"Span<{kind}> {name} = {place} {kind}[{length}];"

    let private widest (network: Network) : int = List.max (List.scan Network.width network.Inputs network.Layers)

    let private rows (kind: string) (network: Network) : string list =
        let width = widest network
        [ for name in [ "a"; "b" ] -> row kind name width (string width) ]

    /// The arrays of a thread, for rows that are too wide for the stack.
    let private wideRows (kind: string) (isClassifier: bool) (hasNames: bool) (network: Network) : string list =
        let width = widest network

        let used =
            [ kind, "a", width
              kind, "b", width
              kind, "y", (if isClassifier then network.Outputs else 0)
              "double", "raw", (if hasNames then network.Inputs else 0) ]

        [ for kind, name, width in used do
              if width > LargestOnStack then
                  "[ThreadStatic]"
                  $"private static {kind}[]? wide_{name};"
                  "" ]

    let private body (kind: string) (model: Model<'T>) (network: Network) : string list =
        let members = network.Members

        let layers, (last, _) = List.mapFold (step kind members) ("a", "b") (Network.walk network)

        // What a network by itself does, or each member.
        let one =
            features kind model.Preprocessing
            @ List.concat layers
            @ output kind last model.Network.Outputs model.Network.Loss

        [ "if (x.Length != Inputs)"
          "    throw new ArgumentException($\"{x.Length} features instead of {Inputs}\", nameof(x));"
          "if (y.Length != Outputs)"
          "    throw new ArgumentException($\"{y.Length} predictions instead of {Outputs}\", nameof(y));"
          yield! rows kind network
          if members > 1 then
              "y.Clear();"
              "for (var member = 0; member < Members; member++)"
              "{"
              yield! indented one
              "    for (var unit = 0; unit < Outputs; unit++)"
              $"        y[unit] += {last}[unit] / Members;"
              "}"
          else
              yield! one
              $"{last}[..Outputs].CopyTo(y);" ]

    let private isShifted (model: Model<'T>) : bool = model.Preprocessing.TargetShift.Length > 0

    let private predict (kind: string) (model: Model<'T>) (network: Network) : string list =
        let isWidened = isWidened kind model.Preprocessing

        let head (access: string) (name: string) =
            if isWidened then
                [ $"{access} static void {name}<TFeature>(ReadOnlySpan<TFeature> x, Span<{kind}> y)"
                  "    where TFeature : struct, INumberBase<TFeature>" ]
            else
                [ $"{access} static void {name}(ReadOnlySpan<{kind}> x, Span<{kind}> y)" ]

        [ "/// <summary>Predicts a row: raw features in, what the network predicts out.</summary>"
          if isWidened then
              $"public static void Predict(ReadOnlySpan<{kind}> x, Span<{kind}> y) => Compute(x, y);"
              ""
              yield! head "private" "Compute"
          else
              yield! head "public" "Predict"
          "{"
          if isShifted model then
              "    Scaled(x, y);"
              "    for (var unit = 0; unit < Outputs; unit++)"
              $"        y[unit] = ({kind})(y[unit] * TargetScale[unit] + TargetShift[unit]);"
              "}"
              ""
              "// What the network gives, before values have their units back."
              yield! head "private" "Scaled"
              "{"
          yield! indented (body kind model network)
          "}"
          "" ]

    /// The class is taken from what the network gives, before values have their units back.
    let private classify (kind: string) (model: Model<'T>) : string list =
        let hasThreshold = not (Double.IsNaN model.Threshold)

        let boundary =
            CSharpFormula.number (if hasThreshold then model.Threshold else Loss.predictedBoundary model.Network.Loss)

        let isWidened = isWidened kind model.Preprocessing

        let give =
            if isShifted model then "Scaled"
            elif isWidened then "Compute"
            else "Predict"

        [ if hasThreshold then
              $"/// <summary>The number of a row's class: 1 where its probability is above {boundary}, else 0.</summary>"
          else
              "/// <summary>The number of a row's class: that of the greatest output, the first of equal ones.</summary>"
          "/// <exception cref=\"ArithmeticException\">The answer is not finite.</exception>"
          if isWidened then
              $"public static int Classify(ReadOnlySpan<{kind}> x) => ClassOf(x);"
              ""
              "private static int ClassOf<TFeature>(ReadOnlySpan<TFeature> x)"
              "    where TFeature : struct, INumberBase<TFeature>"
          else
              $"public static int Classify(ReadOnlySpan<{kind}> x)"
          "{"
          "    " + row kind "y" model.Network.Outputs "Outputs"
          $"    {give}(x, y);"
          "    for (var unit = 0; unit < Outputs; unit++)"
          $"        if (!{kind}.IsFinite(y[unit]))"
          "            throw new ArithmeticException(\"the answer is not finite: a row has no class then\");"
          if hasThreshold then
              $"    return y[Outputs - 1] > {boundary} ? 1 : 0;"
          elif model.Network.Outputs = 1 then
              $"    return y[0] > {boundary} ? 1 : 0;"
          else
              "    var best = 0;"
              "    for (var unit = 1; unit < Outputs; unit++)"
              "        best = y[unit] > y[best] ? unit : best;"
              "    return best;"
          "}"
          "" ]

    // The file --------------------------------------------------------------------------------------------------------

    let private listed (name: string) (about: string) (texts: string list) : string list =
        [ if not texts.IsEmpty then
              $"/// <summary>{about}</summary>"
              let all = texts |> List.map CSharpRows.quoted |> String.concat ", "
              $"public static IReadOnlyList<string> {name} {{ get; }} = [{all}];"
              "" ]

    let private counts (network: Network) : string list =
        [ "/// <summary>The numbers of a row of features.</summary>"
          $"public const int Inputs = {network.Inputs};"
          ""
          "/// <summary>The numbers of a prediction.</summary>"
          $"public const int Outputs = {network.Outputs};"
          ""
          if network.Members > 1 then
              "/// <summary>The networks whose predictions are averaged.</summary>"
              $"public const int Members = {network.Members};"
              "" ]

    /// The functions that the steps call.
    let private functions (kind: string) (network: Network) : string list list =
        let has layer = List.contains layer network.Layers

        [ CSharpFormula.dense kind
          if has Layer.Softmax || Loss.output network.Loss = Output.Softmax then
              CSharpFormula.softmax kind
          if network.Layers |> List.exists _.IsPeriodic then
              CSharpFormula.periodic kind
          if has (Layer.Activate Activation.GELU) then
              CSharpFormula.erf
          CSharpFormula.numbers ]

    let private summary (network: Network) : string list =
        let part layer =
            match layer with
            | Layer.Dense(units, _) -> Some $"{units}"
            | Layer.Activate Activation.Identity
            | Layer.Dropout _ -> None
            | other -> Some(Layer.name other)

        let parts = network.Layers |> List.choose part |> String.concat " - "
        let isWide = widest network > LargestOnStack

        let what =
            if network.Members = 1 then
                "A trained network"
            else
                $"The mean of {network.Members} trained networks"

        let memory = if isWide then "but for a thread's first, which keeps its rows" else "on any thread"

        [ "/// <summary>"
          $"/// {what}: {network.Inputs} - {parts}. Predictions allocate nothing, {memory}."
          "/// </summary>" ]

    /// The members of a class, the arrays of weights apart.
    let private members (kind: string) (model: Model<'T>) (network: Network) : string list =
        let features = model.Preprocessing.Columns |> List.collect (fun column -> List.ofArray column.FeatureNames)

        [ yield! counts network
          yield! listed "Labels" "The classes in the order of the outputs." (List.ofArray model.Labels)
          yield! listed "Features" "The features in their order." features
          yield! predict kind model network
          if model.IsClassifier then
              yield! classify kind model
          let hasNames = CSharpRows.isGiven model.Preprocessing

          if hasNames then
              let isWidened = isWidened kind model.Preprocessing
              let raw = row "double" "raw" network.Inputs "Inputs"
              let predict = if isWidened then "Compute<double>" else "Predict"
              let classify = if isWidened then "ClassOf<double>" else "Classify"
              let classes = if model.IsClassifier then Some classify else None
              yield! CSharpRows.members kind raw predict classes model.Preprocessing

          yield! wideRows kind model.IsClassifier hasNames network

          for lines in functions kind network do
              yield! lines
              "" ]

    /// The source of a class in a namespace. A defect of the `class` or the `namespace` where its name is a keyword, or one
    /// that the class itself uses.
    let write (space: string) (name: string) (model: Model<'T>) : Result<string, Defect> =
        let kind = if Lane.isSingle<'T> then "float" else "double"
        let struct (network, parameters) = BatchNormFolding.batchNorms model.Network model.Parameters
        let arrays = CSharpNumbers.arrays kind network parameters model.Preprocessing
        let members = members kind model network
        let fields = List.collect CSharpNumbers.field arrays

        Defect.catch (fun () ->
            CSharpNames.check space name (CSharpNames.words (members @ List.map (fun (_, name, _) -> name) arrays))

            String.Join(
                '\n',
                [ "// Generated from a trained model; needs .NET 8 and C# 12, and no package. Weights stand at the end."
                  "#nullable enable"
                  "using System;"
                  "using System.Buffers.Text;"
                  "using System.Collections.Generic;"
                  "using System.Numerics;"
                  "using System.Runtime.InteropServices;"
                  ""
                  $"namespace {space};"
                  ""
                  yield! summary network
                  $"public static class {name}"
                  "{"
                  yield! indented (members @ List.take (fields.Length - 1) fields)
                  "}"
                  "" ]
            ))

    /// The model whose numbers stand in a source: the folded network. A defect where numbers are missing, others than in the
    /// model, or more than there should be.
    let readBack (model: Model<'T>) (source: string) : Result<Model<'T>, Defect> =
        Defect.catch (fun () ->
            let struct (network, folded) = BatchNormFolding.batchNorms model.Network model.Parameters

            let expected =
                CSharpNumbers.arrays "" network folded model.Preprocessing
                |> List.map (fun (_, name, bytes) -> name, bytes)

            let found = CSharpNumbers.read source

            for name, _ in found do
                if not (List.exists (fun (known, _) -> known = name) expected) then
                    Defect.refuse name "is in the source and not in the model"

            for name, bytes in expected do
                match List.filter (fun (known, _) -> known = name) found with
                | [ _, read ] when read.AsSpan().SequenceEqual(ReadOnlySpan bytes) -> ()
                | _ -> Defect.refuse name "is not in the source as it is in the model"

            Model<'T>(network, folded, model.Preprocessing, model.Labels).WithThreshold model.Threshold)
