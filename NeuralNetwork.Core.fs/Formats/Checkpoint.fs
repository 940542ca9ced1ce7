namespace NeuralNetwork.Formats

open System
open System.IO
open System.Text
open System.Text.Json
open NeuralNetwork

/// A run to go on with.
type Checkpoint<'T> =
    {
        /// Where the run stands.
        State: FitState<'T>
        /// The names of the optimizer's slots, in the order of the state's.
        Slots: string list
        /// What the run is made of besides its state: options, data, versions, each by its name, as whoever runs it puts it.
        Circumstances: (string * string) list
    }

    /// As in: epoch 3, step 24; best epoch 2.
    override checkpoint.ToString() = string checkpoint.State

/// A checkpoint in the precision it was saved in.
[<RequireQualifiedAccess>]
type AnyCheckpoint =
    /// In float32
    | Single of Checkpoint<float32>
    /// In float64
    | Double of Checkpoint<float>

    /// What the checkpoint says of itself.
    override checkpoint.ToString() =
        match checkpoint with
        | AnyCheckpoint.Single found -> string found
        | AnyCheckpoint.Double found -> string found

/// Checkpoints as safetensors. The model in training has the tensor names of a model's file, and can be read as one; each
/// slot of the optimizer has the same names after `optimizer.SLOT.`, the mean of the weights after `average.` where they are
/// averaged, the best model after `best.`, unless it is the model in training itself or there is none yet. The metadata hold the description of
/// a model's file, `state`, `circumstances`, and the `prediction_intervals` or the `threshold` of the best model, where it has some. Everything is in one file, so nothing
/// in it can be older than the rest.
module internal Checkpoint =

    /// What the metadata give as `format`.
    [<Literal>]
    let Format = "neuralnetwork-checkpoint"

    let private prefixOf (slot: string) = $"{Tensors.Optimizer}{slot}."

    let private standing (checkpoint: Checkpoint<'T>) : Standing =
        let state = checkpoint.State

        { Slots = checkpoint.Slots
          Averaged = state.Averaged
          Epoch = state.Epoch
          Row = state.Row
          Step = state.Step
          Loss = state.Loss
          Penalty = state.Penalty
          Hits = state.Hits
          Residuals = state.Residuals
          Seconds = state.Seconds
          BestEpoch = state.BestEpoch
          History = state.History }

    let private writePairs (pairs: (string * string) list) : string =
        Json.write (fun writer ->
            writer.WriteStartObject()
            List.iter (fun (name: string, value: string) -> writer.WriteString(name, value)) pairs
            writer.WriteEndObject())
        |> Encoding.UTF8.GetString

    let private readPairs (field: string) (text: string) : (string * string) list =
        let element = Json.parse field (ReadOnlyMemory(Encoding.UTF8.GetBytes text))

        if element.ValueKind <> JsonValueKind.Object then
            Defect.refuse field "is no object"

        [ for property in element.EnumerateObject() do
              let name = Json.name field property
              name, Json.text $"{field}: {Defect.quote name}" property.Value ]

    let private slotTensors (model: Model<'T>) (slot: string) (values: 'T[]) : Tensor list =
        model.Parameters.Layout.Windows |> List.map (Tensors.ofWindow (prefixOf slot) values)

    let private bestTensors (state: FitState<'T>) : Tensor list =
        let isItself = Object.ReferenceEquals(state.Best.Parameters.Values, state.Model.Parameters.Values)

        if state.BestEpoch = 0 || isItself then
            []
        else
            Tensors.ofParameters Tensors.Best state.Best.Parameters

    /// Writes a checkpoint: equal ones give equal bytes.
    let writeTo (stream: Stream) (checkpoint: Checkpoint<'T>) : unit =
        let state = checkpoint.State

        Safetensors.writeTo
            stream
            { Metadata =
                [ "format", Format
                  "description", ModelFile.describe state.Model
                  "state", StateText.write (standing checkpoint)
                  "circumstances", writePairs checkpoint.Circumstances
                  if state.BestEpoch > 0 && state.Best.Coverage > 0.0 then
                      "prediction_intervals", ModelFile.describeIntervals state.Best
                  if state.BestEpoch > 0 && not (Double.IsNaN state.Best.Threshold) then
                      ModelFile.ThresholdField, Maths.Text.number state.Best.Threshold ]
              Tensors =
                Tensors.ofParameters "" state.Model.Parameters
                @ List.concat (List.map2 (slotTensors state.Model) checkpoint.Slots state.Slots)
                @ (if state.Averaged = 0 then [] else Tensors.ofParameters Tensors.Average state.Average.Parameters)
                @ bestTensors state }

    /// The bytes of a checkpoint's file.
    let write (checkpoint: Checkpoint<'T>) : byte[] =
        use stream = new MemoryStream()
        writeTo stream checkpoint
        stream.ToArray()

    /// More slots than any optimizer has.
    [<Literal>]
    let private MostSlots = 8

    let private entry (file: Safetensors) (name: string) : string =
        match List.tryFind (fun (key, _) -> key = name) file.Metadata with
        | Some(_, text) -> text
        | None -> Defect.refuse "__metadata__" $"has no {name}: not a checkpoint"

    let private readSlots<'T> (network: Network) (names: string list) (tensors: Tensor list) : 'T[] list =
        if (List.distinct names).Length <> names.Length || names.Length > MostSlots then
            Defect.refuse "slots" $"{names.Length} names (at most {MostSlots}, each of them once)"

        for tensor in tensors do
            if names |> List.forall (fun slot -> not (Tensors.has (prefixOf slot) tensor)) then
                Defect.refuse $"tensor {Defect.quote tensor.Name}" "is of no slot of the state"

        [ for slot in names do
              let prefix = prefixOf slot
              Tensors.slot<'T> network prefix (tensors |> List.filter (Tensors.has prefix)) ]

    let private readState<'T> (file: Safetensors) (standing: Standing) : FitState<'T> =
        let described = ModelFile.describedBy file
        let slots, others = file.Tensors |> List.partition (Tensors.has Tensors.Optimizer)
        let averages, others = others |> List.partition (Tensors.has Tensors.Average)
        let best, last = others |> List.partition (Tensors.has Tensors.Best)
        let model = ModelFile.model<'T> described "" last

        if averages.IsEmpty <> (standing.Averaged = 0) then
            let has = if averages.IsEmpty then "no" else "its"
            Defect.refuse "averaged" $"{standing.Averaged} weights, and the file has {has} mean of them"

        let best = if best.IsEmpty then model else ModelFile.model<'T> described Tensors.Best best
        let ofBest field = file.Metadata |> List.tryFind (fun (key, _) -> key = field) |> Option.map snd

        { Model = model
          Slots = readSlots<'T> described.Network standing.Slots slots
          Average = if averages.IsEmpty then model else ModelFile.model<'T> described Tensors.Average averages
          Averaged = standing.Averaged
          Epoch = standing.Epoch
          Row = standing.Row
          Step = standing.Step
          Loss = standing.Loss
          Penalty = standing.Penalty
          Hits = standing.Hits
          Residuals = standing.Residuals
          Seconds = standing.Seconds
          Best =
            match ofBest "prediction_intervals", ofBest ModelFile.ThresholdField with
            | Some text, _ ->
                let struct (coverage, margins) = ModelFile.readIntervalsOf described text
                best.With(coverage, margins)
            | None, Some text -> best.WithThreshold(ModelFile.readThresholdOf described text)
            | None, None -> best
          BestEpoch = standing.BestEpoch
          Newest = List.rev standing.History }

    let private parseAs<'T> (file: Safetensors) : Checkpoint<'T> =
        let standing = StateText.read (entry file "state")

        { State = readState<'T> file standing
          Slots = standing.Slots
          Circumstances = readPairs "circumstances" (entry file "circumstances") }

    let private parse (file: Safetensors) : AnyCheckpoint =
        let format = entry file "format"

        if format <> Format then
            Defect.refuse "__metadata__" $"format {Defect.quote format} (a checkpoint's is '{Format}')"

        if ModelFile.isDouble file then
            AnyCheckpoint.Double(parseAs<float> file)
        else
            AnyCheckpoint.Single(parseAs<float32> file)

    /// Reads a checkpoint's file.
    let read (bytes: byte[]) : Result<AnyCheckpoint, Defect> =
        Safetensors.read bytes |> Result.bind (fun file -> Defect.catch (fun () -> parse file))

    /// The circumstances that are not what they were: the name, what it was when the run was saved, and what it is; empty where
    /// it was or is not there.
    let changes
        (before: (string * string) list)
        (now: (string * string) list)
        : struct (string * string * string) list =
        let find name pairs = pairs |> List.tryFind (fun (key, _) -> key = name) |> Option.map snd

        let names = List.distinct (List.map fst before @ List.map fst now)

        [ for name in names do
              match find name before, find name now with
              | Some before, Some now when before = now -> ()
              | before, now -> struct (name, Option.defaultValue "" before, Option.defaultValue "" now) ]

type Checkpoint<'T> with

    /// <summary>Writes a checkpoint as a file has it: equal checkpoints give equal bytes.</summary>
    /// <param name="stream">Where the bytes go.</param>
    member checkpoint.WriteTo(stream: Stream) : unit =
        ArgumentNullException.ThrowIfNull(stream, nameof stream)
        Checkpoint.writeTo stream checkpoint

type AnyCheckpoint with

    /// What the metadata of a checkpoint's file give as `format`.
    static member Format: string = Checkpoint.Format

    /// <summary>Reads a checkpoint's file.</summary>
    /// <param name="bytes">The bytes of the file.</param>
    /// <returns>The checkpoint, or what is wrong with the file.</returns>
    static member Read(bytes: byte[]) : Result<AnyCheckpoint, Defect> = Checkpoint.read bytes

    /// <summary>The circumstances that are not what they were: the name, what it was when the run was saved, and what it is; empty
    /// where it was or is not there.</summary>
    /// <param name="before">What they were.</param>
    /// <param name="now">What they are.</param>
    /// <returns>The changes.</returns>
    static member Changes
        (before: (string * string) list, now: (string * string) list)
        : struct (string * string * string) list =
        Checkpoint.changes before now
