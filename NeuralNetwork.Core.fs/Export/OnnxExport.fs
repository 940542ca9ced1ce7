namespace NeuralNetwork.Export

open System.Text
open NeuralNetwork
open NeuralNetwork.Formats
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// A model as an ONNX graph: raw features in, what `Model.Predict` gives out, and everything between them inside. Batch
/// norms behind dense layers are part of these; dropout does nothing in a prediction and is not there. Members of an ensemble
/// stand side by side, and what comes out is the mean of what they predict.
module internal OnnxExport =

    open TermArithmetic

    /// What goes in: a row of raw features for each row of the batch.
    [<Literal>]
    let Input = "input"

    /// The number of the class of each row, where classes are told apart.
    [<Literal>]
    let Label = "label"

    let private tensor (kind: string) (name: string) (shape: int list) (numbers: float[]) : Tensor =
        { Name = name; Type = kind; Shape = List.map int64 shape; Bytes = OnnxFormula.bytes kind numbers }

    /// (x / Divisor - Shift) / Scale. In float64 but for a mere division, which rounds once in either: a mean far above the
    /// deviation would cost the digits that matter.
    let private features (kind: string) (inputs: int) (affine: Affine) (x: Term) : Term =
        let single = float (float32 affine.Divisor) = affine.Divisor

        let scalar name number = Term.Numbers(tensor "F64" name [] [| number |])

        let divided (x: Term) = if affine.Divisor = 1.0 then x else x / scalar "divisor" affine.Divisor

        let shifted (x: Term) =
            let row name = tensor "F64" name [ inputs ] >> Term.Numbers
            (divided x - row "shift" affine.Shift) / row "scale" affine.Scale

        match affine.Shift.Length, affine.Divisor with
        | 0, 1.0 -> x
        | 0, divisor when single -> x / Term.Number divisor
        | 0, _ -> OnnxFormula.inDouble kind divided x
        | _ -> OnnxFormula.inDouble kind shifted x

    /// y·TargetScale + TargetShift
    let private values (kind: string) (affine: Affine) (y: Term) : Term =
        let row name (numbers: float[]) = Term.Numbers(tensor "F64" name [ numbers.Length ] numbers)

        if affine.Shift.Length = 0 then
            y
        else
            let back (y: Term) = y * row "target_scale" affine.Scale + row "target_shift" affine.Shift
            OnnxFormula.inDouble kind back y

    /// A layer; what its tensors are called begins with the prefix.
    let private layer
        (prefix: string)
        (tensors: BatchNormFolding.Tensors<'T>)
        (kind: string)
        (index: int, layer: Layer)
        (x: Term)
        : Term =
        let numbers role =
            let window, parameters = tensors.Windows[struct (index, role)], tensors.Parameters
            let isStatistic = role = Role.RunningMean || role = Role.RunningVariance
            Tensors.ofWindow prefix (if isStatistic then parameters.Statistics else parameters.Values) window

        match layer with
        | Layer.Dense _ -> OnnxFormula.dense (numbers Role.Weight) (numbers Role.Bias) x
        | Layer.Activate activation -> OnnxFormula.activation kind activation x
        | Layer.PReLU _ -> OnnxFormula.prelu (Term.Numbers(numbers Role.Slope)) x
        | Layer.Periodic settings ->
            let tensors = numbers Role.Frequency, numbers Role.Phase, numbers Role.Weight, numbers Role.Bias
            OnnxFormula.periodic $"{prefix}layers.{index}" settings tensors x
        | Layer.Softmax -> OnnxFormula.softmax x
        | Layer.Dropout _ -> x
        | Layer.BatchNorm settings ->
            let factors = BatchNormFolding.factors tensors (index, settings)
            let factor = tensor kind $"{prefix}layers.{index}.factor" [ factors.Length ] factors
            OnnxFormula.batchNorm (numbers Role.RunningMean) factor (numbers Role.Beta) x

    let private output (kind: string) (loss: Loss) (z: Term) : Term =
        match Loss.output loss with
        | Output.Linear -> z
        | Output.Sigmoid -> OnnxFormula.activation kind Activation.Sigmoid z
        | Output.Softmax -> OnnxFormula.softmax z
        | Output.Exponential -> OnnxFormula.activation kind Activation.Exponential z

    /// Values with names of their own, each made from the one before: the nodes and numbers of all.
    let private chain (kind: string) (first: string) (steps: (string * (Term -> Term)) list) =
        let step current (name: string, formula) =
            let next, nodes, tensors = OnnxFormula.nodes kind name (formula (Term.Value current))
            (nodes, tensors), next

        let made, last = List.mapFold step first steps
        List.collect fst made, List.collect snd made, last

    /// From prepared features to what a network by itself predicts.
    let private network (kind: string) (prefix: string) (first: string) (model: Model<'T>) =
        let struct (folded, parameters) = BatchNormFolding.batchNorms model.Network model.Parameters
        let tensors = BatchNormFolding.tensors parameters

        chain
            kind
            first
            [ for index, _, step in Network.walk folded do
                  $"{prefix}layers.{index}", layer prefix tensors kind (index, step)
              $"{prefix}prediction", output kind model.Network.Loss ]

    /// From prepared features to the prediction: of an ensemble the mean of those of its members.
    let private prediction (kind: string) (first: string) (model: Model<'T>) =
        match List.ofArray (Ensemble.split model) with
        | [ single ] -> network kind "" first single
        | members ->
            let parts = members |> List.mapi (fun index -> network kind $"members.{index}." first)
            let sum = parts |> List.map (fun (_, _, last) -> Term.Value last) |> List.reduce (+)
            let mean, more, numbers = OnnxFormula.nodes kind "prediction" (sum / Term.Number(float members.Length))

            List.collect (fun (nodes, _, _) -> nodes) parts @ more,
            List.collect (fun (_, tensors, _) -> tensors) parts @ numbers,
            mean

    /// The last value under the name it has outside, whatever made it.
    let private renamed (name: string) (last: string) (nodes: OnnxNode list) =
        nodes |> List.map (fun node -> if node.Output = last then { node with Output = name } else node)

    /// The name of what a model predicts: probabilities, or values.
    let outputName (network: Network) : string = if Loss.isProbability network.Loss then "probabilities" else "output"

    let private list (texts: string seq) : string =
        Encoding.UTF8.GetString(
            Json.write (fun writer ->
                writer.WriteStartArray()
                Seq.iter (fun (text: string) -> writer.WriteStringValue text) texts
                writer.WriteEndArray())
        )

    let private metadata (model: Model<'T>) =
        [ if model.IsClassifier then
              "labels", list model.Labels
          if not model.Preprocessing.Columns.IsEmpty then
              "features", list (model.Preprocessing.Columns |> Seq.collect _.FeatureNames |> List.ofSeq)
          "description", ModelFile.describe model ]

    /// The greatest number of an element type that is no greater than a boundary: the same numbers of this type are above both.
    let private boundaryIn (kind: string) (boundary: float) : float =
        let single = float32 boundary

        if kind = "F64" then boundary
        elif float single > boundary then float (System.MathF.BitDecrement single)
        else float single

    /// The graph of a model.
    let graph (model: Model<'T>) : OnnxGraph =
        let kind = if Lane.isSingle<'T> then "F32" else "F64"
        let network, outputs = model.Network, Network.outputs model.Network
        let preprocessing = model.Preprocessing
        let name = outputName network
        let first, scales, x = chain kind Input [ "features", features kind network.Inputs preprocessing.Features ]
        let inside, weights, prediction = prediction kind x model
        let before, numbers = first @ inside, scales @ weights
        let after, more, last = chain kind prediction [ "values", values kind preprocessing.Learned ]
        let nodes, tensors = renamed name last (before @ after), numbers @ more
        // The class is taken from what the network gives, before values have their units back.
        let scores = if last = prediction then name else prediction

        let classes =
            match boundaryIn kind model.Threshold with
            | threshold when threshold >= 0.0 && outputs > 1 -> OnnxFormula.secondAbove threshold
            | threshold when threshold >= 0.0 -> OnnxFormula.above threshold
            | _ when outputs > 1 -> OnnxFormula.greatest
            | _ -> OnnxFormula.above (Loss.predictedBoundary network.Loss)

        let _, labelNodes, labelTensors =
            if model.IsClassifier then
                OnnxFormula.nodes kind Label (classes (Term.Value scores))
            else
                "", [], []

        { Inputs = [ { Name = Input; Type = kind; Columns = Some network.Inputs } ]
          Outputs =
            [ { Name = name; Type = kind; Columns = Some outputs }
              if model.IsClassifier then
                  { Name = Label; Type = "I64"; Columns = None } ]
          Nodes = nodes @ labelNodes
          Tensors = tensors @ labelTensors
          Metadata = metadata model }
