namespace NeuralNetwork

open System
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// What happens to features before they enter the network, and to values when they leave it. Images of bytes have the
/// divisor 255; standardized columns have their mean as Shift and their standard deviation as Scale.
type Preprocessing =
    {
        /// x = (raw / Divisor - Shift) / Scale
        Divisor: float
        /// A number for each input of the network; or Shift and Scale are both empty.
        Shift: float[]
        /// As Shift; all above 0.
        Scale: float[]
        /// The columns of the table in the order of the features they become; empty where features have no names.
        Columns: Column list
        /// The names of the columns that are learned: one of classes or of values, or one for each output; empty where they have
        /// none.
        Targets: string[]
        /// value = prediction·TargetScale + TargetShift, a number for each output of the network; or both are empty.
        TargetShift: float[]
        /// As TargetShift; all above 0.
        TargetScale: float[]
    }

    /// Features and values as they are.
    static member None: Preprocessing =
        { Divisor = 1.0
          Shift = [||]
          Scale = [||]
          Columns = []
          Targets = [||]
          TargetShift = [||]
          TargetScale = [||] }

    /// Bytes 0 .. 255 to the interval [0, 1].
    static member Bytes: Preprocessing = { Preprocessing.None with Divisor = 255.0 }

    /// The same in arrays of its own.
    member internal preprocessing.Copy() : Preprocessing =
        { preprocessing with
            Shift = Array.copy preprocessing.Shift
            Scale = Array.copy preprocessing.Scale
            Columns = preprocessing.Columns |> List.map _.Copy()
            Targets = Array.copy preprocessing.Targets
            TargetShift = Array.copy preprocessing.TargetShift
            TargetScale = Array.copy preprocessing.TargetScale }

    /// From raw features to the inputs of the network.
    member internal preprocessing.Features: Affine =
        { Divisor = preprocessing.Divisor; Shift = preprocessing.Shift; Scale = preprocessing.Scale }

    /// From target values to what the network learns.
    member internal preprocessing.Learned: Affine =
        { Divisor = 1.0; Shift = preprocessing.TargetShift; Scale = preprocessing.TargetScale }

    /// <summary>The input of the network that a raw feature becomes: (raw / Divisor - Shift) / Scale.</summary>
    /// <param name="feature">The place of the feature, from 0.</param>
    /// <param name="raw">The raw feature.</param>
    /// <returns>The input.</returns>
    member preprocessing.InputOf(feature: int, raw: float) : float = preprocessing.Features.Of(feature, raw)

    /// <summary>What the network learns for a target value: (value - TargetShift) / TargetScale.</summary>
    /// <param name="output">The place of the value, from 0.</param>
    /// <param name="value">The value.</param>
    /// <returns>What the network learns.</returns>
    member preprocessing.TargetOf(output: int, value: float) : float = preprocessing.Learned.Of(output, value)

    /// <summary>The value that a prediction of the network stands for: prediction·TargetScale + TargetShift.</summary>
    /// <param name="output">The place of the value, from 0.</param>
    /// <param name="prediction">What the network predicts.</param>
    /// <returns>The value.</returns>
    member preprocessing.ValueOf(output: int, prediction: float) : float =
        if preprocessing.TargetShift.Length = 0 then
            prediction
        else
            preprocessing.Learned.From(output, prediction)

    /// As in: divided by 255; standardized; 4 columns by name; values scaled.
    override preprocessing.ToString() =
        [ if preprocessing.Divisor <> 1.0 then
              $"divided by {Text.number preprocessing.Divisor}"
          if preprocessing.Shift.Length > 0 then
              "standardized"
          if not preprocessing.Columns.IsEmpty then
              $"""{Text.count preprocessing.Columns.Length "column"} by name"""
          if preprocessing.TargetShift.Length > 0 then
              "values scaled" ]
        |> function
            | [] -> "features as they are"
            | parts -> String.Join("; ", parts)

module internal Preprocessing =

    let private positive (field: string) (x: float) =
        if x > 0.0 && Double.IsFinite x then
            None
        else
            Some(field, $"{Text.number x} (must be above 0 and finite)")

    /// Shift and scale are both empty or have a finite number for each of so many places, the scales above 0.
    let private affine (prefix: string) (places: string) (count: int) (shift: float[]) (scale: float[]) =
        let lengths = [ $"{prefix}shift", shift.Length; $"{prefix}scale", scale.Length ]

        if shift.Length = 0 && scale.Length = 0 then
            []
        else
            [ for field, length in lengths do
                  if length <> count then
                      Some(field, $"{length} numbers for {count} {places}")
              for x in shift do
                  if not (Double.IsFinite x) then
                      Some($"{prefix}shift", $"{Text.number x} (must be finite)")
              for x in scale do
                  positive $"{prefix}scale" x ]

    let private repeated (names: string list) =
        names |> List.countBy id |> List.tryFind (fun (_, count) -> count > 1) |> Option.map fst

    let private column (column: Column) =
        match column with
        | Column.Number(name, missing) when Double.IsInfinity missing ->
            Some("columns", $"the missing cells of '{name}' become {Text.number missing} (must be finite)")
        | Column.Category(name, [||])
        | Column.OpenCategory(name, [||], _) -> Some("columns", $"'{name}' has no categories")
        | Column.Category(name, categories)
        | Column.OpenCategory(name, categories, _) ->
            repeated (List.ofArray categories)
            |> Option.map (fun twice -> "columns", $"'{name}' has the category '{twice}' twice")
        | Column.Date(name, _, _, missing) when missing.Length <> 0 && missing.Length <> column.Features ->
            Some("columns", $"the missing cells of '{name}' become {missing.Length} numbers, not {column.Features}")
        | Column.Date(name, _, _, missing) when not (Array.forall Double.IsFinite missing) ->
            Some("columns", $"the missing cells of '{name}' become a number that is not finite")
        | Column.Number _
        | Column.Date _ -> None

    let private columns (inputs: int) (preprocessing: Preprocessing) =
        let all = preprocessing.Columns
        let features = all |> List.sumBy (fun column -> int64 column.Features)
        let names = List.map (fun (column: Column) -> column.Title) all

        [ if not all.IsEmpty && features <> int64 inputs then
              Some("columns", $"{features} features for {inputs} inputs")
          yield! List.map column all
          repeated names |> Option.map (fun twice -> "columns", $"'{twice}' is there twice") ]

    /// One name stands for whatever is learned, more of them for an output each.
    let private targets (network: Network) (preprocessing: Preprocessing) =
        let all, outputs = List.ofArray preprocessing.Targets, Network.outputs network
        let field = if all.Length > 1 then "targets" else "target"
        let columns = preprocessing.Columns |> List.map _.Title

        [ if List.exists String.IsNullOrEmpty all then
              Some(field, "a column without a name")
          for name in all do
              if List.contains name columns then
                  Some(field, $"'{name}' is among the columns, too")
          repeated all |> Option.map (fun twice -> field, $"'{twice}' is there twice")
          if all.Length > 1 && Loss.output network.Loss = Output.Softmax then
              Some(field, $"{all.Length} names, but {Loss.name network.Loss} tells the classes of one column apart")
          if all.Length > 1 && all.Length <> outputs then
              Some(field, $"{all.Length} names for {outputs} outputs") ]

    /// What keeps a preprocessing from being that of a network, if anything: a field and what was found there.
    let defect (network: Network) (preprocessing: Preprocessing) : (string * string) option =
        let inputs, outputs = network.Inputs, Network.outputs network
        let shift, scale = preprocessing.TargetShift, preprocessing.TargetScale

        [ positive "divisor" preprocessing.Divisor
          yield! affine "" "inputs" inputs preprocessing.Shift preprocessing.Scale
          yield! affine "target_" "outputs" outputs shift scale
          if shift.Length > 0 && Loss.output network.Loss <> Output.Linear then
              Some("target_shift", $"given, but {Loss.name network.Loss} has no values to shift")
          yield! columns inputs preprocessing
          yield! targets network preprocessing ]
        |> List.tryPick id

    /// Columns with these means and deviations to mean 0 and deviation 1.
    let internal standardized (means: float[]) (deviations: float[]) : Preprocessing =
        Ranges.notNull (nameof means) means
        Ranges.notNull (nameof deviations) deviations

        match List.tryPick id (affine "" "columns" means.Length means deviations) with
        | Some("shift", found) -> raise (ArgumentException($"a mean of {found}", nameof means))
        | Some(_, found) -> raise (ArgumentException($"deviations: {found}", nameof deviations))
        | None -> { Preprocessing.None with Shift = Array.copy means; Scale = Array.copy deviations }

type Preprocessing with

    /// <summary>Columns with these means and standard deviations, which are copied, to mean 0 and deviation
    /// 1.</summary>
    /// <param name="means">The mean of each feature.</param>
    /// <param name="deviations">The standard deviation of each feature, above 0.</param>
    /// <returns>The preprocessing of a model of so many inputs.</returns>
    /// <exception cref="T:System.ArgumentException">A number is not finite, a deviation is not above 0, or there is one for
    /// each of another number of features.</exception>
    static member Standardized(means: float[], deviations: float[]) : Preprocessing =
        Preprocessing.standardized means deviations

    /// <summary>Features as they are, of columns with these names: what rows by name are encoded with.</summary>
    /// <param name="columns">The columns in the order of the features they become.</param>
    /// <returns>The preprocessing of a model of so many features.</returns>
    static member Named([<ParamArray>] columns: Column[]) : Preprocessing =
        Ranges.notNull (nameof columns) columns

        for column in columns do
            Ranges.notNull (nameof columns) column

        { Preprocessing.None with Columns = [ for column in columns -> column.Copy() ] }
