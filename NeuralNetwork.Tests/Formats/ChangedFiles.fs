namespace NeuralNetwork.Tests.Formats

open System
open System.Buffers.Binary
open System.Text
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Export
open NeuralNetwork.Formats
open NeuralNetwork.Maths
open NeuralNetwork.Plans
open NeuralNetwork.Tests

/// Files with models in them, changed at random so that most of their structure stays: descriptions in what they say, with
/// the tensors that they then need or other ones; checksums are right again, or gone.
module ChangedFiles =

    let private network members =
        // What nn.Sequential does not have is in the ensemble alone.
        let waves = { Periodic.standard [ 0; 2 ] with Frequencies = 3; Outputs = 2 }

        Network.input 3
        |> Network.dropout 0.1
        |> (if members > 1 then Network.periodic waves else id)
        |> Network.denseWith Initializer.heNormal 4
        |> Network.batchNorm BatchNorm.standard
        |> Network.activate Activation.GELU
        |> Network.dense 3 (Activation.LeakyReLU 0.1)
        |> Network.behind (Layer.PReLU 0.25)
        |> Network.behind Layer.Softmax
        |> Network.dense 2 Activation.Identity
        |> Network.withLoss Loss.SoftmaxCrossEntropy
        |> Network.withMembers members

    let private model<'T> members : Model<'T> =
        let preprocessing =
            { Preprocessing.Standardized([| 1.0; 2.0; 3.0 |], [| 1.0; 0.5; 2.0 |]) with
                Columns = [ Column.Number("a", 0.5); Column.Category("käse", [| "k0"; "k1" |]) ]
                Targets = [| "y" |] }

        (Model.initialize<'T> 7UL (network members)).With(preprocessing, [| "no"; "yes" |])

    let private single, private several, private double = model<float32> 1, model<float32> 3, model<float> 1

    let private checkpoint: byte[] =
        let optimizer = Training.Default.Optimizer
        let slots = Optimizer.slots optimizer
        let zeros () = Array.zeroCreate<float32> single.Parameters.Layout.Length
        let start = FitState.start single optimizer

        let report: EpochReport =
            { Epoch = 1
              Step = 1
              LearningRate = 0.01
              Train = { Loss = 0.5; Accuracy = 0.75; R2 = nan; RMSE = nan }
              Penalty = 0.0
              Validation = { Loss = nan; Accuracy = nan; R2 = nan; RMSE = nan }
              Temperature = 1.25
              Seconds = 0.1 }

        Checkpoint.write
            { State =
                { start with
                    Slots = [ for _ in slots -> zeros () ]
                    Epoch = 2
                    Best = Model.initialize<float32> 8UL single.Network
                    BestEpoch = 1
                    Newest = [ report ] }
              Slots = slots
              Circumstances = [ "data", "y.csv"; "threads", "2" ] }

    let private content (bytes: byte[]) : Safetensors = Expect.ok (Safetensors.read bytes)

    /// A model of each kind, as it is.
    let models: byte[] list = [ ModelFile.write single; ModelFile.write several; ModelFile.write double ]

    let sequential: byte[] = Sequential.write single

    // Tensors ---------------------------------------------------------------------------------------------------------

    let private sizes = Map [ "F64", 8; "F32", 4; "F16", 2; "BF16", 2; "I64", 8; "U8", 1 ]
    let private pick (random: Random) (items: 'Item list) : 'Item = items[random.Next items.Length]

    /// A tensor of small numbers, or with one that is none.
    let private tensor (random: Random) (kind: string) (name: string) (shape: int64 list) : Tensor =
        let count = int (List.fold (*) 1L shape)
        let bytes = Array.zeroCreate<byte>(count * sizes[kind])

        for place in 0 .. count - 1 do
            let number = if random.Next 2000 = 0 then pick random [ nan; infinity; -1e300 ] else random.NextDouble()
            let target = bytes.AsSpan(place * sizes[kind])

            match kind with
            | "F32" -> BinaryPrimitives.WriteSingleLittleEndian(target, float32 number)
            | "F64" -> BinaryPrimitives.WriteDoubleLittleEndian(target, number)
            | _ -> target[0] <- byte (random.Next 60)

        { Name = name; Type = kind; Shape = shape; Bytes = ReadOnlyMemory bytes }

    let private isSmall (network: Network) : bool =
        match Layout.defect network with
        | Some _ -> false
        | None -> (Layout.ofNetwork network).Length < 20_000 && network.Layers.Length < 200

    let private shapeOf (window: Window) : int64 list =
        match window.Role with
        | Role.Weight
        | Role.Frequency
        | Role.Phase -> [ int64 window.Rows; int64 window.Cols ]
        | _ -> [ int64 window.Cols ]

    /// The tensors that a network needs.
    let private needed (random: Random) (kind: string) (prefix: string) (network: Network) : Tensor list =
        [ for window in (Layout.ofNetwork network).Windows @ (Layout.statistics network).Windows ->
              tensor random kind (prefix + window.Name) (shapeOf window) ]

    let private otherName (random: Random) (name: string) : string =
        match random.Next 5 with
        | 0 -> name + ".weight"
        | 1 -> name.Replace("0", string (random.Next 12))
        | 2 -> name.Replace("weight", "running_mean")
        | 3 -> name[name.IndexOf '.' + 1 ..]
        | _ -> "best." + name

    /// One change of a list of tensors: another count, name, shape or type.
    let private changeTensors (random: Random) (tensors: Tensor list) : Tensor list =
        if tensors.IsEmpty then
            [ tensor random "F32" "a" [ 1L ] ]
        else
            let place = random.Next tensors.Length
            let one = tensors[place]
            let put changed = List.updateAt place changed tensors

            match random.Next 8 with
            | 0 -> List.removeAt place tensors
            | 1 -> tensors @ [ { one with Name = otherName random one.Name } ]
            | 2 -> put { one with Name = otherName random one.Name }
            | 3 -> put (tensor random (pick random (List.ofSeq sizes.Keys)) one.Name one.Shape)
            | 4 -> put { one with Shape = List.rev one.Shape }
            | 5 -> put { one with Shape = List.rev (1L :: one.Shape) }
            | 6 ->
                put (
                    tensor random "F32" one.Name (one.Shape |> List.map (fun length -> length + int64 (random.Next 2)))
                )
            | _ -> List.rev tensors

    /// No two tensors of a file have one name.
    let private distinct (tensors: Tensor list) = tensors |> List.distinctBy _.Name

    // Bytes -----------------------------------------------------------------------------------------------------------

    let private withHeader (header: string) (rest: byte[]) : byte[] =
        let json = Encoding.UTF8.GetBytes header
        Array.concat [ BitConverter.GetBytes(int64 json.Length); json; rest ]

    /// The header changed in what it says, its length right again.
    let private changeHeader (random: Random) (bytes: byte[]) : byte[] =
        let length = 8 + int (BinaryPrimitives.ReadInt64LittleEndian(ReadOnlySpan bytes))
        let header = Tree.read (Encoding.UTF8.GetString(bytes, 8, length - 8))
        withHeader (Tree.write (Tree.changed random 2 header)) bytes[length..]

    let private flip (random: Random) (bytes: byte[]) : byte[] =
        let place = random.Next bytes.Length
        Array.updateAt place (bytes[place] ^^^ (1uy <<< random.Next 8)) bytes

    let private finished (random: Random) (file: Safetensors) : byte[] =
        let bytes = Safetensors.write { file with Tensors = distinct file.Tensors }

        match random.Next 16 with
        | 0 -> changeHeader random bytes
        | 1 -> flip random bytes
        | 2 -> Array.truncate (random.Next bytes.Length) bytes
        | _ -> bytes

    // Models ----------------------------------------------------------------------------------------------------------

    /// A description with another network and, as likely as not, nothing that depends on its sizes; and that network if it
    /// is one, and small.
    let private changeDescription (random: Random) (text: string) : string * Network option =
        let description = Tree.read text
        let before = Tree.find "network" description
        let after = if random.Next 5 = 0 then before else Tree.changed random 3 before
        let found = Description.tryNetwork (Tree.write after)

        let nothing =
            [ "shift"; "scale"; "columns"; "target_shift"; "target_scale" ]
            |> List.map (fun name -> name, Tree.List [])

        let plain =
            if random.Next 2 = 0 then
                [ "labels", Tree.List []
                  "preprocessing", Tree.put nothing (Tree.find "preprocessing" description) ]
            else
                []

        let whole = Tree.put (("network", after) :: plain) description
        let whole = if random.Next 8 = 0 then Tree.changed random 2 whole else whole

        match found with
        | Ok network when isSmall network -> Tree.write whole, Some network
        | _ -> Tree.write whole, None

    let private replace (key: string) (text: string) (file: Safetensors) : Safetensors =
        { file with
            Metadata = [ for known, value in file.Metadata -> known, (if known = key then text else value) ] }

    let private metadata (key: string) (file: Safetensors) : string =
        file.Metadata |> List.find (fun (known, _) -> known = key) |> snd

    let private perhaps (random: Random) (oneIn: int) (change: 'Value -> 'Value) (value: 'Value) : 'Value =
        if random.Next oneIn = 0 then change value else value

    /// A file that describes itself, with another description and the tensors that belong to it.
    let private changeDescribed (random: Random) (prefixes: Network -> string list) (bytes: byte[]) : Safetensors =
        let file = content bytes
        let text, network = changeDescription random (metadata "description" file)
        let kind = if file.Tensors |> List.exists (fun tensor -> tensor.Type = "F64") then "F64" else "F32"

        let tensors =
            match network with
            | Some network when random.Next 8 > 0 ->
                prefixes network |> List.collect (fun prefix -> needed random kind prefix network)
            | _ -> file.Tensors

        { replace "description" text file with Tensors = perhaps random 4 (changeTensors random) tensors }

    /// A model file.
    let model' (random: Random) : byte[] =
        changeDescribed random (fun _ -> [ "" ]) (pick random models) |> finished random

    /// A Sequential.
    let sequential' (random: Random) : byte[] =
        let file = content sequential
        let text, _ = changeDescription random (metadata "description" file)

        { perhaps random 2 (replace "description" text) file with
            Tensors = perhaps random 2 (changeTensors random) file.Tensors }
        |> finished random

    /// A checkpoint: its state is changed, too. Slots have no running statistics.
    let checkpoint' (random: Random) : byte[] =
        let slots = Optimizer.slots Training.Default.Optimizer |> List.map (fun slot -> $"optimizer.{slot}.")
        let changed = changeDescribed random (fun _ -> "" :: "best." :: slots) checkpoint
        let isStatistic (tensor: Tensor) = tensor.Name.Contains "running" && tensor.Name.StartsWith "optimizer."
        let file = { changed with Tensors = changed.Tensors |> List.filter (isStatistic >> not) }

        let state = metadata "state" file |> Tree.read |> perhaps random 2 (Tree.changed random 2) |> Tree.write

        let around =
            metadata "circumstances" file |> Tree.read |> perhaps random 8 (Tree.changed random 2) |> Tree.write

        file |> replace "state" state |> replace "circumstances" around |> finished random

    /// Weights with names and no description.
    let stateDict (random: Random) : byte[] =
        let widths = List.init (2 + random.Next 4) (fun _ -> int64 (1 + random.Next 4))
        let name = pick random [ "fc#"; "net.#"; "a.b.#.c"; "layers.#.linear" ]
        let numbered (number: int) = name.Replace("#", string number)
        let kind = pick random [ "F32"; "F32"; "F64"; "F16" ]

        let layer number (inputs, outputs) =
            [ tensor random kind $"{numbered (2 * number)}.weight" [ outputs; inputs ]
              if random.Next 8 > 0 then
                  tensor random kind $"{numbered (2 * number)}.bias" [ outputs ]
              if random.Next 4 = 0 then
                  for leaf in [ "weight"; "bias"; "running_mean"; "running_var" ] do
                      tensor random kind $"{numbered (2 * number + 1)}.{leaf}" [ outputs ] ]

        let tensors = widths |> List.pairwise |> List.mapi layer |> List.concat
        let times = random.Next 3

        { Metadata = []
          Tensors = Seq.fold (fun tensors _ -> changeTensors random tensors) tensors (seq { 1..times }) }
        |> finished random

    /// A model as NPZ.
    let npz (random: Random) : byte[] =
        let file = changeDescribed random (fun _ -> [ "" ]) (pick random models)

        let array (tensor: Tensor) : Npy =
            let values: NumberArray =
                match tensor.Type with
                | "F32" ->
                    NumberArray.Singles(
                        Array.init (tensor.Bytes.Length / 4) (fun at ->
                            BitConverter.ToSingle(tensor.Bytes.Span.Slice(4 * at)))
                    )
                | "F64" ->
                    NumberArray.Doubles(
                        Array.init (tensor.Bytes.Length / 8) (fun at ->
                            BitConverter.ToDouble(tensor.Bytes.Span.Slice(8 * at)))
                    )
                | _ -> NumberArray.Bytes(tensor.Bytes.ToArray())

            let count = int (List.fold (*) 1L tensor.Shape)

            { Shape = (if count = values.Length then [| for one in tensor.Shape -> int one |] else [| values.Length |])
              Values = values }

        let text = Encoding.UTF8.GetBytes(metadata "description" file)
        let own = NpzModel.Description, { Shape = [| text.Length |]; Values = NumberArray.Bytes text }
        let bytes = Npz.write (own :: [ for tensor in distinct file.Tensors -> tensor.Name, array tensor ])

        perhaps random 8 (flip random) bytes
        |> perhaps random 16 (Array.truncate (random.Next bytes.Length))

    /// A checkpoint of somebody else's: its metadata and tensors are changed as they are.
    let changed (random: Random) (bytes: byte[]) : byte[] =
        let file = content bytes
        let key = pick random [ "state"; "state"; "description"; "circumstances" ]
        let change text = Tree.read text |> Tree.changed random 2 |> Tree.write

        { replace key (change (metadata key file)) file with
            Tensors = perhaps random 3 (changeTensors random) file.Tensors }
        |> finished random
