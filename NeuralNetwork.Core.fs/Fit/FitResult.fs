namespace NeuralNetwork

open System
open System.Text.Json
open System.Text.Json.Serialization
open NeuralNetwork.Analysis
open NeuralNetwork.Maths

/// Why training ended. In JSON it is what it says of itself.
[<RequireQualifiedAccess; JsonConverter(typeof<FitEndConverter>)>]
type FitEnd =
    /// All epochs or steps were done.
    | Finished
    /// So many epochs as the options bear went by without a better validation score.
    | Stopped
    /// The caller asked for the end.
    | Cancelled
    /// The loss of a step was not finite, or the parameters at the end of an epoch were not. The diagnosis says where that
    /// began: looking at every gradient would cost some 5 % of a step, so an update that overflows shows in the loss of the
    /// next step.
    | Diverged of Epoch: int * Step: int * Loss: float * Diagnosis: Diagnosis

    /// As in: finished; of a training that diverged the loss, the step and the diagnosis.
    override ending.ToString() =
        match ending with
        | FitEnd.Finished -> "finished"
        | FitEnd.Stopped -> "stopped: validation was not better for as many epochs as the patience"
        | FitEnd.Cancelled -> "cancelled"
        | FitEnd.Diverged(epoch, step, loss, diagnosis) ->
            ("diverged: the loss is "
             + (Text.number loss)
             + " in epoch "
             + (string epoch)
             + ", step "
             + (string step)
             + "; it began in "
             + (string diagnosis))

/// An end in JSON: a text that begins with its case. It is not read back: no text has a whole diagnosis.
and [<Sealed>] internal FitEndConverter() =
    inherit JsonConverter<FitEnd>()

    override _.Read(_: byref<Utf8JsonReader>, _: Type, _: JsonSerializerOptions) : FitEnd =
        raise (NotSupportedException "the end of a training is written, and not read")

    override _.Write(writer: Utf8JsonWriter, ending: FitEnd, _: JsonSerializerOptions) : unit =
        writer.WriteStringValue(string ending)

/// What training came to: where it stands, and why it ended there.
type FitResult<'T> =
    {
        /// Where the run stands; it can go on from here.
        State: FitState<'T>
        /// Why it ended.
        End: FitEnd
    }

    /// As in: finished; epoch 3, step 24; best epoch 2.
    override result.ToString() = $"{string result.End}; {string result.State}"
