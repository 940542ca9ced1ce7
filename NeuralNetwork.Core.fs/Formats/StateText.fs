namespace NeuralNetwork.Formats

open System
open System.Text
open System.Text.Json
open NeuralNetwork
open NeuralNetwork.Analysis
open NeuralNetwork.Maths

/// Where a run stands, apart from its tensors.
type internal Standing =
    {
        /// The names of the optimizer's slots.
        Slots: string list
        /// How many weights are in their mean.
        Averaged: int
        Epoch: int
        Row: int
        Step: int
        Loss: float
        Penalty: float
        Hits: float
        Residuals: Residuals
        Seconds: float
        BestEpoch: int
        History: EpochReport list
    }

/// Where a run stands as JSON: every number reads back as it was, those that JSON does not know as texts.
module internal StateText =

    /// The version of the state this library writes and reads.
    [<Literal>]
    let Version = 1

    let private notFinite = [ "nan", nan; "inf", infinity; "-inf", -infinity ]

    let private writeNumber (writer: Utf8JsonWriter) (name: string) (number: float) =
        if Double.IsFinite number then
            writer.WriteNumber(name, number)
        else
            let word, _ = notFinite |> List.find (fun (_, known) -> known.Equals number)
            writer.WriteString(name, word)

    let private readNumber (name: string) (element: JsonElement) : float =
        if element.ValueKind = JsonValueKind.String then
            Defect.orRefuse name (Text.choose "number" notFinite (Json.text name element))
        else
            Json.number name element

    let private readCount (name: string) (least: int) (element: JsonElement) : int =
        int (Json.integer name (int64 least) (int64 Int32.MaxValue) element)

    /// The numbers of a finished epoch, by the names of the history's columns.
    let private numbers (report: EpochReport) =
        [ "learning_rate", report.LearningRate
          "train_loss", report.Train.Loss
          "train_penalty", report.Penalty
          "train_accuracy", report.Train.Accuracy
          "validation_loss", report.Validation.Loss
          "validation_accuracy", report.Validation.Accuracy
          "seconds", report.Seconds ]

    /// Those that only values have: where there are none, and in files of earlier versions, they are not written.
    let private valueNumbers (report: EpochReport) =
        [ "train_r2", report.Train.R2
          "train_rmse", report.Train.RMSE
          "validation_r2", report.Validation.R2
          "validation_rmse", report.Validation.RMSE ]

    // Written where it is not 1. Earlier versions did not write it: their epochs are compared without its cost.
    [<Literal>]
    let private TemperatureName = "temperature"

    let private writeReport (writer: Utf8JsonWriter) (report: EpochReport) =
        let ofValues = valueNumbers report |> List.filter (fun (_, number) -> not (Double.IsNaN number))
        writer.WriteStartObject()
        writer.WriteNumber("epoch", report.Epoch)
        writer.WriteNumber("step", report.Step)
        let temperature = if report.Temperature = 1.0 then [] else [ TemperatureName, report.Temperature ]

        numbers report @ ofValues @ temperature
        |> List.iter (fun (name, number) -> writeNumber writer name number)

        writer.WriteEndObject()

    let private nothing: EpochReport =
        { Epoch = 0
          Step = 0
          LearningRate = nan
          Train = Score.Missing
          Penalty = nan
          Validation = Score.Missing
          Temperature = 1.0
          Seconds = nan }

    let private readTemperature (field: string) (number: float) : float =
        if number > 0.0 && Double.IsFinite number then
            number
        else
            Defect.refuse field $"{Text.number number} (above 0 and finite)"

    let private readReport (index: int) (element: JsonElement) : EpochReport =
        let field = $"history[{index}]"
        let names = [ "epoch"; "step" ] @ List.map fst (numbers nothing)
        let get = Json.members field names (TemperatureName :: List.map fst (valueNumbers nothing)) element
        let number name = readNumber $"{field}: {name}" (get name)

        let orElse (missing: float) (name: string) = if fst (element.TryGetProperty name) then number name else missing

        let score part =
            { Loss = number $"{part}_loss"
              Accuracy = number $"{part}_accuracy"
              R2 = orElse nan $"{part}_r2"
              RMSE = orElse nan $"{part}_rmse" }

        { Epoch = Json.integer $"{field}: epoch" (int64 index + 1L) (int64 index + 1L) (get "epoch") |> int
          Step = readCount $"{field}: step" 1 (get "step")
          LearningRate = number "learning_rate"
          Train = score "train"
          Penalty = number "train_penalty"
          Validation = score "validation"
          Temperature = orElse 1.0 TemperatureName |> readTemperature $"{field}: {TemperatureName}"
          Seconds = number "seconds" }

    /// Writes where a run stands as a line of JSON.
    let write (standing: Standing) : string =
        Json.write (fun writer ->
            writer.WriteStartObject()
            writer.WriteNumber("version", Version)
            writer.WriteStartArray "slots"
            List.iter (fun (slot: string) -> writer.WriteStringValue slot) standing.Slots
            writer.WriteEndArray()

            if standing.Averaged > 0 then
                writer.WriteNumber("averaged", standing.Averaged)

            writer.WriteNumber("epoch", standing.Epoch)
            writer.WriteNumber("row", standing.Row)
            writer.WriteNumber("step", standing.Step)
            writeNumber writer "loss" standing.Loss
            writeNumber writer "penalty" standing.Penalty
            writeNumber writer "hits" standing.Hits
            writeNumber writer "squares" standing.Residuals.Squares
            writeNumber writer "shares" standing.Residuals.Shares
            writeNumber writer "seconds" standing.Seconds
            writer.WriteNumber("best_epoch", standing.BestEpoch)
            writer.WriteStartArray "history"
            List.iter (writeReport writer) standing.History
            writer.WriteEndArray()
            writer.WriteEndObject())
        |> Encoding.UTF8.GetString

    let private fields =
        [ "version"
          "slots"
          "epoch"
          "row"
          "step"
          "loss"
          "penalty"
          "hits"
          "seconds"
          "best_epoch"
          "history" ]

    /// Those that files of earlier versions do not have, and the count of averaged weights, where there are some.
    let private others = [ "squares"; "shares"; "averaged" ]

    /// Reads where a run stands.
    let read (text: string) : Standing =
        let element = Json.parse "state" (ReadOnlyMemory(Encoding.UTF8.GetBytes text))
        let get = Json.members "state" fields others element
        Json.integer "state: version" (int64 Version) (int64 Version) (get "version") |> ignore
        let history = get "history" |> Json.items "history" |> List.mapi readReport
        let finished = history.Length

        let sum (name: string) = if fst (element.TryGetProperty name) then readNumber name (get name) else 0.0

        let isAveraged = fst (element.TryGetProperty "averaged")

        { Slots = get "slots" |> Json.items "slots" |> List.map (Json.text "slots")
          Averaged = if isAveraged then readCount "averaged" 1 (get "averaged") else 0
          Epoch = Json.integer "epoch" (int64 finished + 1L) (int64 finished + 1L) (get "epoch") |> int
          Row = readCount "row" 0 (get "row")
          Step = readCount "step" 0 (get "step")
          Loss = readNumber "loss" (get "loss")
          Penalty = readNumber "penalty" (get "penalty")
          Hits = readNumber "hits" (get "hits")
          Residuals = { Squares = sum "squares"; Shares = sum "shares" }
          Seconds = readNumber "seconds" (get "seconds")
          BestEpoch = Json.integer "best_epoch" 0L (int64 finished) (get "best_epoch") |> int
          History = history }
