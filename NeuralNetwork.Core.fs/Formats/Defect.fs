namespace NeuralNetwork.Formats

open System
open NeuralNetwork.Maths

/// What is wrong with a file: the field or offset, and what was found there, with the limit or what was expected.
type Defect =
    {
        /// The field, tensor or place in the file.
        Field: string
        /// What was found there, and what was expected.
        Found: string
    }

    override defect.ToString() = $"{defect.Field}: {defect.Found}"

/// How the readers of this room leave as soon as something is wrong. It never leaves the room: every public function
/// is total and gives a Result.
exception internal Refused of Defect

module internal Defect =

    /// Ends reading. Names from the file may be in either text: it is one line, all of which is seen.
    let refuse (field: string) (found: string) : 'a =
        raise (Refused { Field = Text.visible field; Found = Text.visible found })

    /// Runs a reader that may refuse.
    let catch (read: unit -> 'Value) : Result<'Value, Defect> =
        try
            Ok(read ())
        with Refused defect ->
            Error defect

    /// The value of another reader, or the end of reading with its defect.
    let value (outcome: Result<'Value, Defect>) : 'Value =
        match outcome with
        | Ok value -> value
        | Error defect -> raise (Refused defect)

    /// At most 40 characters of a text from outside, those escaped that would not be seen.
    let quote (text: string) : string = Text.quote text

    /// What is said of an array whose file has more bytes than one array can hold; a product of many lengths has too many
    /// digits to be shown.
    let tooLarge (dimensions: string) (size: int) (bytes: bigint) : string =
        let plural = if size = 1 then "" else "s"
        let shown = if bytes < 1000000000000000I then $"{bytes}" else bytes.ToString "E2"
        $"{dimensions} elements of {size} byte{plural}: {shown} bytes with the header (limit {Array.MaxLength})"

    /// The value of a Result, or the end of reading with a field's name.
    let orRefuse (field: string) (result: Result<'Value, string>) : 'Value =
        match result with
        | Ok value -> value
        | Error found -> refuse field found
