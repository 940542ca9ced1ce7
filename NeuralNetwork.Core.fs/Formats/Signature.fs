namespace NeuralNetwork.Formats

open System
open System.Text

/// What the first bytes of a file say it is, for files that are not what they were given as.
type internal Signature =
    {
        /// As in "a PNG image".
        Kind: string
        /// Who writes such files, or what is done about them; "" where nothing need be said.
        Note: string
    }

    override signature.ToString() : string = signature.Kind + signature.Note

module internal Signature =

    let private binary =
        [ "PK\x03\x04", "a zip archive", ", as PyTorch, Keras and spreadsheets write them; never executed"
          "\x80\x02", "a Python pickle", "; never executed"
          "\x80\x03", "a Python pickle", "; never executed"
          "\x80\x04", "a Python pickle", "; never executed"
          "\x80\x05", "a Python pickle", "; never executed"
          "\x89HDF", "HDF5", ", as old Keras writes it"
          "\x93NUMPY", "a NumPy array", ""
          "\x1F\x8B", "gzip", ""
          "\x89PNG", "a PNG image", ""
          "\xFF\xD8\xFF", "a JPEG image", ""
          "%PDF-", "a PDF document", "" ]

    let private pages = [ "<!doctype", "HTML"; "<html", "HTML"; "<?xml", "XML" ]

    let private start (bytes: byte[]) = Encoding.Latin1.GetString(bytes, 0, min bytes.Length 64)

    /// A kind of file that has a signature and is no table of text; None for all others.
    let find (bytes: byte[]) : Signature option =
        let text = start bytes
        let isOnnx = text.Length > 2 && text[0] = '\b' && text[1] < ' ' && text[2] = '\018'
        let isPage (tag: string, _) = text.TrimStart().StartsWith(tag, StringComparison.OrdinalIgnoreCase)

        match
            List.tryFind (fun (magic: string, _, _) -> text.StartsWith(magic, StringComparison.Ordinal)) binary,
            List.tryFind isPage pages
        with
        | Some(_, kind, note), _ -> Some { Kind = kind; Note = note }
        | None, Some(_, kind) -> Some { Kind = kind; Note = "" }
        | None, None -> if isOnnx then Some { Kind = "ONNX"; Note = "" } else None

    /// The same, and text of any kind.
    let findAny (bytes: byte[]) : Signature option =
        let text = start bytes
        let isText = Seq.forall (fun c -> c >= ' ' && c <> '\127' || c = '\t' || c = '\n' || c = '\r') text

        match find bytes with
        | Some signature -> Some signature
        | None when not isText || text = "" -> None
        | None when text.TrimStart() |> Seq.tryHead |> Option.exists (fun c -> c = '{' || c = '[') ->
            Some { Kind = "JSON"; Note = "" }
        | None -> Some { Kind = "text, such as CSV"; Note = "" }
