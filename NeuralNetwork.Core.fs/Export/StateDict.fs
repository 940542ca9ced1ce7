namespace NeuralNetwork.Export

open System
open NeuralNetwork
open NeuralNetwork.Formats
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// What the tensors of a state_dict do not say about their network.
type StateDictReading =
    {
        /// The names of the layers in order, as fc1; empty where the names give it.
        Order: string list
        /// What stands behind each hidden layer: one for all, or one for each.
        Activations: Layer list
        /// Whether batch norms stand behind the activations; None where the names tell.
        NormsAfter: bool option
        /// The settings of batch norms.
        Norm: BatchNorm
        /// What is predicted; None for a cross-entropy with more than one output, and squared error with one.
        Loss: Loss option
        /// What happens to features before the network. One number in Shift or Scale stands for all of them.
        Preprocessing: Preprocessing
        /// The names of the classes in the order of the outputs; empty where they have none.
        Labels: string[]
    }

    /// The order of the layers, if it was said.
    override reading.ToString() =
        if reading.Order.IsEmpty then
            "layers in the order of their names"
        else
            String.Join(", ", reading.Order)

/// Weights as PyTorch names them (fc1.weight, net.0.bias, bn1.running_mean, …): the network is read off their names and
/// shapes. Layers of one sequence go by the numbers in their names, compared as numbers, and within one number dense before
/// batch norm before PReLU. Where names do not give the order it has to be said.
module internal StateDict =

    [<RequireQualifiedAccess>]
    type private Kind =
        | Dense
        | Norm
        | Slope

    /// The tensors of one module by the last parts of their names.
    type private Block = { Name: string; Kind: Kind; Tensors: (string * Tensor) list }

    let private shown (shape: int64 list) = shape |> List.map string |> String.concat " x "

    let private split (name: string) : string * string =
        match name.LastIndexOf '.' with
        | -1 -> "", name
        | dot -> name[.. dot - 1], name[dot + 1 ..]

    let private full (block: string) (leaf: string) = if block = "" then leaf else $"{block}.{leaf}"

    /// What kind of module has these tensors.
    let private kind (name: string, leaves: (string * Tensor) list) : Kind =
        let has leaf = leaves |> List.exists (fun (known, _) -> known = leaf)
        let refuse leaf found = Defect.refuse ("tensor " + Defect.quote (full name leaf)) found
        let weight = leaves |> List.tryFind (fun (leaf, _) -> leaf = "weight") |> Option.map (snd >> _.Shape)

        let kind, known =
            match weight with
            | _ when has "running_mean" || has "running_var" ->
                Kind.Norm, [ "weight"; "bias"; "running_mean"; "running_var" ]
            | Some [ _; _ ] -> Kind.Dense, [ "weight"; "bias" ]
            | Some [ _ ] when has "bias" ->
                refuse "weight" "a bias with it, but no running_mean (a layer norm? known: dense, batch norm, prelu)"
            | Some [ _ ] -> Kind.Slope, [ "weight" ]
            | Some shape -> refuse "weight" $"shape {shown shape} (a dense layer has 2 dimensions)"
            | None -> refuse (fst leaves.Head) "belongs to no weight"

        match leaves |> List.tryFind (fun (leaf, _) -> not (List.contains leaf known)) with
        | Some(leaf, _) -> refuse leaf "is no part of a dense layer, batch norm or prelu"
        | None -> kind

    let private blocks (tensors: Tensor list) : Block list =
        tensors
        |> List.filter (fun tensor -> not (Tensors.isCount tensor.Name))
        |> List.map (fun tensor -> let block, leaf = split tensor.Name in block, (leaf, tensor))
        |> List.groupBy fst
        |> List.map (fun (name, leaves) ->
            let leaves = List.map snd leaves
            { Name = name; Kind = kind (name, leaves); Tensors = leaves })

    // Order -----------------------------------------------------------------------------------------------------------

    let private rank (kind: Kind) : int =
        match kind with
        | Kind.Dense -> 0
        | Kind.Norm -> 1
        | Kind.Slope -> 2

    let private ordered (order: string list) (blocks: Block list) : Block list =
        let names = blocks |> List.map _.Name

        let known = Set.ofList names

        for name in order do
            if not (known.Contains name) then
                let hint = Text.nearest names name |> Option.map (fun near -> $"did you mean '{near}'?")
                let found = hint |> Option.defaultValue (String.concat ", " (List.truncate 8 names))
                Defect.refuse "layers" $"no layer {Defect.quote name} ({found})"

        let byName = Map.ofList [ for block in blocks -> block.Name, block ]
        let named name = byName[name]

        if order.IsEmpty then
            blocks
            |> List.map (fun block -> block.Name, rank block.Kind)
            |> ModuleOrder.ofNames
            |> List.map named
        elif order.Length <> names.Length || (List.distinct order).Length <> order.Length then
            Defect.refuse "layers" $"""{order.Length} names for the {names.Length} layers {String.concat ", " names}"""
        else
            List.map named order

    // Layers ----------------------------------------------------------------------------------------------------------

    /// A layer, and where its tensors come from if it has some.
    type private Step = Layer * Block option

    let private layerOf (reading: StateDictReading) (block: Block) : Step =
        match block.Kind with
        | Kind.Dense ->
            let weight = block.Tensors |> List.find (fun (leaf, _) -> leaf = "weight") |> snd
            Layer.Dense(int weight.Shape[0], Initializer.heNormal), Some block
        | Kind.Norm -> Layer.BatchNorm reading.Norm, Some block
        | Kind.Slope -> Layer.PReLU PReLU.Start, Some block

    /// Whether a batch norm leaves a number between itself and its dense layer, as in 0 and 2: an activation stands there.
    let private leavesRoom (dense: Block) (norm: Block) : bool =
        match List.rev (ModuleOrder.numbers dense.Name), List.rev (ModuleOrder.numbers norm.Name) with
        | first :: above, second :: other -> above = other && second - first > 1I
        | _ -> false

    /// A dense layer and what stands behind it up to the next one, with an activation among them.
    let private withActivation (reading: StateDictReading) (activation: Layer) (steps: Step list) : Step list =
        let own = if activation = Layer.Activate Activation.Identity then [] else [ activation, None ]

        match steps with
        | _ when steps |> List.exists (fun (layer, _) -> layer.IsPReLU) -> steps
        | _ when activation.IsPReLU -> Defect.refuse "activation" "prelu learns its slopes, and no tensor has them"
        | (dense, Some source) :: ((_, Some norm) :: _ as norms) when
            not (reading.NormsAfter |> Option.defaultValue (leavesRoom source norm))
            ->
            (dense, Some source) :: norms @ own
        | dense :: norms -> dense :: own @ norms
        | [] -> []

    /// What stands before the first dense layer, and each dense layer with what stands behind it.
    let private groups (steps: Step list) : Step list * Step list list =
        let add (step: Step) (groups: Step list list, tail: Step list) =
            if (fst step).IsDense then (step :: tail) :: groups, [] else groups, step :: tail

        let groups, head = List.foldBack add steps ([], [])
        head, groups

    let private activations (reading: StateDictReading) (hidden: int) : Layer list =
        match reading.Activations with
        | [ one ] -> List.replicate hidden one
        | several when several.Length = hidden -> several
        | several ->
            Defect.refuse
                "activation"
                $"{several.Length} names for {hidden} hidden layers (one for all, or one for each)"

    let private stepsOf (reading: StateDictReading) (blocks: Block list) : Step list =
        let head, groups = blocks |> List.map (layerOf reading) |> groups

        if groups.IsEmpty then
            Defect.refuse "tensors" "no weights of a dense layer (outputs x inputs) among them"

        let hidden, last = List.take (groups.Length - 1) groups, List.last groups
        let withActivations = List.map2 (withActivation reading) (activations reading hidden.Length) hidden
        head @ List.concat withActivations @ last

    // Numbers ---------------------------------------------------------------------------------------------------------

    let private values (tensor: Tensor) : float[] =
        let numbers = Tensors.numbers tensor

        match Array.tryFindIndex (Double.IsFinite >> not) numbers with
        | Some place -> Defect.refuse $"tensor {Defect.quote tensor.Name}" $"number {place} is not finite"
        | None -> numbers

    /// The numbers of a block's tensor, so many of them, or what stands for them where the block has none.
    let private find (block: Block) (leaf: string) (count: int) (otherwise: float) : float[] =
        match block.Tensors |> List.tryFind (fun (known, _) -> known = leaf) with
        | None -> Array.replicate count otherwise
        | Some(_, tensor) when tensor.Shape = [ int64 count ] -> values tensor
        | Some(_, tensor) -> Defect.refuse $"tensor '{tensor.Name}'" $"shape {shown tensor.Shape} (needs {count})"

    /// One slope for all units stands for one each.
    let private slopes (block: Block) (count: int) : float[] =
        let tensor = snd block.Tensors.Head

        if tensor.Shape = [ 1L ] then
            Array.replicate count (Array.head (values tensor))
        else
            find block "weight" count 0.0

    let private notNegative (block: Block) (variances: float[]) : float[] =
        match Array.tryFindIndex (fun variance -> variance < 0.0) variances with
        | Some place ->
            Defect.refuse
                ("tensor " + Defect.quote (full block.Name "running_var"))
                $"number {place} is below 0 (a variance is not)"
        | None -> variances

    /// The numbers of a window. A bias before a batch norm is taken off its running mean: the norm takes it away again.
    let private window (steps: Step[]) (window: Window) : float[] =
        let block = (snd steps[window.Layer]).Value
        let count = window.Cols

        let biasBefore =
            match Array.tryItem (window.Layer - 1) steps with
            | Some(layer, Some dense) when layer.IsDense -> find dense "bias" count 0.0
            | _ -> Array.zeroCreate<float> count

        match window.Role with
        | Role.Weight -> values (block.Tensors |> List.find (fun (leaf, _) -> leaf = "weight") |> snd)
        | Role.Bias
        | Role.Beta -> find block "bias" count 0.0
        | Role.Gamma -> find block "weight" count 1.0
        | Role.Slope -> slopes block count
        | Role.Frequency
        | Role.Phase -> invalidOp "a state_dict has no waves"
        | Role.RunningMean -> Array.map2 (-) (find block "running_mean" count 0.0) biasBefore
        | Role.RunningVariance -> find block "running_var" count 1.0 |> notNegative block

    /// Each dense layer takes as many numbers as come out of what stands before it.
    let private inputs (blocks: Block list) : int =
        let order = blocks |> List.map _.Name |> List.map (fun name -> $"'{name}'") |> String.concat ", "
        let weight (block: Block) = block.Tensors |> List.find (fun (leaf, _) -> leaf = "weight") |> snd
        let dense = blocks |> List.filter (fun block -> block.Kind = Kind.Dense) |> List.map weight

        for before, behind in List.pairwise dense do
            if before.Shape[0] <> behind.Shape[1] then
                let found = $"takes {behind.Shape[1]} numbers, '{before.Name}' before it gives {before.Shape[0]}"
                Defect.refuse $"tensor '{behind.Name}'" $"{found} (is {order} the order of the layers?)"

        for tensor in dense do
            if tensor.Shape |> List.exists (fun length -> length < 1L || length > int64 Int32.MaxValue) then
                Defect.refuse $"tensor '{tensor.Name}'" $"shape {shown tensor.Shape} (from 1 to {Int32.MaxValue})"

        int dense.Head.Shape[1]

    let private model<'T> (reading: StateDictReading) (network: Network) (steps: Step list) : Model<'T> =
        let parameters = Parameters.zeros<'T> network
        let steps = Array.ofList steps

        let fill (target: 'T[]) (place: Window) =
            window steps place
            |> Array.iteri (fun index number -> target[place.Offset + index] <- Lane.ofFloat<'T> number)

        List.iter (fill parameters.Values) parameters.Layout.Windows
        List.iter (fill parameters.Statistics) parameters.StatisticsLayout.Windows

        Model<'T>(network, parameters, reading.Preprocessing, reading.Labels)

    let private forAll (inputs: int) (field: string) (numbers: float[]) : float[] =
        match numbers with
        | [| one |] -> Array.replicate inputs one
        | several when several.Length = 0 || several.Length = inputs -> several
        | several -> Defect.refuse field $"{several.Length} numbers for {inputs} inputs (one for all, or one for each)"

    let private preprocessing (network: Network) (given: Preprocessing) : Preprocessing =
        let whole =
            { given with
                Shift = forAll network.Inputs "mean" given.Shift
                Scale = forAll network.Inputs "deviation" given.Scale }

        match Preprocessing.defect network whole with
        | Some(field, found) -> Defect.refuse field found
        | None -> whole

    /// The names of the layers in the order in which they are read, if nothing else is said. A defect where they do not give it.
    let order (tensors: Tensor list) : Result<string list, Defect> =
        Defect.catch (fun () -> blocks tensors |> ordered [] |> List.map _.Name)

    /// The model of a state_dict. float64 if any tensor is, and otherwise float32.
    let read (reading: StateDictReading) (tensors: Tensor list) : Result<AnyModel, Defect> =
        Defect.catch (fun () ->
            let blocks = blocks tensors |> ordered reading.Order
            let steps = stepsOf reading blocks
            let network = { Network.input (inputs blocks) with Layers = List.map fst steps }
            let usual = if Network.outputs network > 1 then Loss.SoftmaxCrossEntropy else Loss.SquaredError
            let network = { network with Loss = reading.Loss |> Option.defaultValue usual }
            Layout.defect network |> Option.iter (Defect.refuse "tensors")
            Classes.defect network.Outputs reading.Labels |> Option.iter (Defect.refuse "labels")
            let reading = { reading with Preprocessing = preprocessing network reading.Preprocessing }

            if tensors |> List.exists (fun tensor -> tensor.Type = "F64") then
                AnyModel.Double(model<float> reading network steps)
            else
                AnyModel.Single(model<float32> reading network steps))
