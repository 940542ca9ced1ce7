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

    let private kindOf (_: Model<'T>) : string = if Lane.isSingle<'T> then "F32" else "F64"

    /// The graph of a model behind what prepares its features, without inputs.
    let private behind (first: OnnxNode list, scales: Tensor list, x: string) (model: Model<'T>) : OnnxGraph =
        let kind = kindOf model
        let network, outputs = model.Network, Network.outputs model.Network
        let preprocessing = model.Preprocessing
        let name = outputName network
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

        { Inputs = []
          Outputs =
            [ { Name = name; Type = kind; Columns = Some outputs }
              if model.IsClassifier then
                  { Name = Label; Type = "I64"; Columns = None } ]
          Nodes = nodes @ labelNodes
          Tensors = tensors @ labelTensors
          Metadata = metadata model }

    /// The graph of a model that takes features.
    let graph (model: Model<'T>) : OnnxGraph =
        let kind, inputs = kindOf model, model.Network.Inputs
        let prepared = chain kind Input [ "features", features kind inputs model.Preprocessing.Features ]
        { behind prepared model with Inputs = [ { Name = Input; Type = kind; Columns = Some inputs } ] }

    // By columns ------------------------------------------------------------------------------------------------------

    /// The most columns that become inputs of a file.
    [<Literal>]
    let MostColumns = 1000

    /// What the number of a class is where a row has none.
    [<Literal>]
    let NoClass = -1L

    /// Answers are NaN, and the class is none, where a feature is not finite: an operator may lose a NaN on its way.
    let private guarded (kind: string) (outputs: OnnxPort list) : (OnnxNode list * Tensor list) list =
        let call operator operands = Term.Apply(operator, [], operands)
        let raw = Term.Value OnnxColumns.Raw

        // Nothing times a number is 0, and times infinity or NaN it is NaN.
        let _, nodes, tensors =
            OnnxFormula.nodes "F64" "gone" (OnnxColumns.isMissing (OnnxColumns.sum "gone.axis" (raw * Term.Number 0.0)))

        let whole name shape (number: int64) =
            Term.Numbers
                { Name = name
                  Type = "I64"
                  Shape = shape
                  Bytes = System.ReadOnlyMemory(System.BitConverter.GetBytes number) }

        [ nodes, tensors
          for port in outputs do
              let free = Term.Value $"{port.Name}.any"

              let inside = $"{port.Name}.guarded"

              OnnxFormula.nodes
                  kind
                  inside
                  (if port.Type = "I64" then
                       let row = call "Squeeze" [ Term.Value "gone"; whole "gone.axes" [ 1L ] 1L ]
                       call "Where" [ row; whole "gone.class" [] NoClass; free ]
                   else
                       call "Where" [ Term.Value "gone"; Term.Number nan; free ])
              |> fun (_, nodes, tensors) -> renamed port.Name inside nodes, tensors ]

    /// The names that values have beside the columns: of these each has its own, of outputs theirs, of all else what they are
    /// called inside, behind as many strokes as keep them apart from every column.
    let private called (columns: Column list) (graph: OnnxGraph) : string -> string =
        let own = dict [ for index, column in List.indexed columns -> OnnxColumns.cell index, column.Title ]
        let outputs = graph.Outputs |> List.map _.Name
        let titles = own.Values |> Set.ofSeq

        let inside =
            [ for node in graph.Nodes do
                  node.Output
              for tensor in graph.Tensors do
                  tensor.Name ]

        let apart strokes = inside |> List.forall (fun name -> not (titles.Contains $"{strokes}{name}"))
        let strokes = Seq.initInfinite (fun count -> String.replicate count "/") |> Seq.find apart

        fun name ->
            match own.TryGetValue name with
            | true, title -> title
            | _ when List.contains name outputs -> name
            | _ -> $"{strokes}{name}"

    let private refuseColumns (columns: Column list) (outputs: OnnxPort list) : unit =
        let taken =
            outputs
            |> List.tryFind (fun port -> columns |> List.exists (fun column -> column.Title = port.Name))

        match columns, taken with
        | [], _ ->
            Defect.refuse "inputs" "the features of the model have no names (features has one input for all of them)"
        | _ when columns.Length > MostColumns ->
            Defect.refuse
                "inputs"
                $"{columns.Length} columns (limit {MostColumns}; features has one input for all of them)"
        | _, Some port ->
            Defect.refuse
                "inputs"
                $"a column is called {Defect.quote port.Name}, as an output is (features has one input for all columns)"
        | _ when columns |> List.exists (fun column -> column.Title = "") ->
            Defect.refuse "inputs" "a column has an empty name (features has one input for all columns)"
        | _ -> ()

    /// The graph of a model that takes the columns of its table, each by its name. Features are float64 up to their scaling, as
    /// those of rows by name are.
    let columnGraph (model: Model<'T>) : OnnxGraph =
        let kind, columns = kindOf model, model.Preprocessing.Columns
        let nodes, tensors = OnnxColumns.nodes columns
        let scaled = features "F64" model.Network.Inputs model.Preprocessing.Features
        let before, scales, x = chain "F64" OnnxColumns.Raw [ "scaled", scaled ]
        let cast = if kind = "F64" then id else OnnxFormula.cast kind
        let after, _, x = chain kind x [ "features", cast ]
        let graph = behind (before @ after, scales, x) model
        refuseColumns columns graph.Outputs
        let outputs = graph.Outputs |> List.map _.Name
        let free = graph |> OnnxGraph.renamed (fun name -> if List.contains name outputs then $"{name}.any" else name)
        let guards = guarded kind graph.Outputs

        let whole =
            { free with
                Nodes = nodes @ free.Nodes @ List.collect fst guards
                Tensors = tensors @ free.Tensors @ List.collect snd guards }

        { OnnxGraph.renamed (called columns whole) whole with Inputs = OnnxColumns.ports columns }
