namespace NeuralNetwork.Formats

open System
open System.Buffers.Binary
open System.IO
open System.Text

/// What the header of a file says.
type internal NpyHeader =
    {
        /// The number of bytes before the first element.
        Offset: int
        IsBigEndian: bool
        /// b, i, u or f, as NumPy has it.
        Kind: char
        /// The bytes of an element.
        Size: int
        IsFortran: bool
        Shape: int64 list
    }

/// The header of .npy files: a magic word, a version, a length, and a Python dictionary of three entries, which is read
/// by a grammar of its own. Nothing is evaluated, and the limits are checked before anything is read.
module internal NpyHeader =

    /// The longest dictionary, in bytes: NumPy's own limit.
    [<Literal>]
    let Longest = 10_000

    /// The bytes that hold any header whole.
    [<Literal>]
    let Enough = 10_012

    let private magic = [| 0x93uy; byte 'N'; byte 'U'; byte 'M'; byte 'P'; byte 'Y' |]

    type private Token =
        | Mark of char
        | Quoted of string
        | Word of string

    let private isWord (c: char) = Char.IsAsciiLetterOrDigit c || c = '-' || c = '_' || c = '.'

    /// The first place from `at` on where the condition fails.
    let rec private past (condition: char -> bool) (text: string) (at: int) : int =
        if at < text.Length && condition text[at] then past condition text (at + 1) else at

    let private tokens (text: string) : (int * Token) list =
        let next place =
            match past Char.IsWhiteSpace text place with
            | at when at = text.Length -> None
            | at when "{}():,".Contains text[at] -> Some((at, Mark text[at]), at + 1)
            | at when isWord text[at] ->
                let stop = past isWord text at
                Some((at, Word text[at .. stop - 1]), stop)
            | at when text[at] = '\'' || text[at] = '"' ->
                match text.IndexOf(text[at], at + 1) with
                | -1 -> Defect.refuse "header" $"a quote at {at} is not closed"
                | stop -> Some((at, Quoted text[at + 1 .. stop - 1]), stop + 1)
            | at -> Defect.refuse "header" $"unexpected {Defect.quote (string text[at])} at {at}"

        List.unfold next 0

    let private unexpected (tokens: (int * Token) list) : 'a =
        match tokens with
        | [] -> Defect.refuse "header" "ends too early"
        | (at, token) :: _ ->
            let text =
                match token with
                | Mark mark -> string mark
                | Quoted text
                | Word text -> text

            Defect.refuse "header" $"unexpected token {Defect.quote text} at {at}"

    /// Python 2 wrote long integers with an L behind them: (8L, 2L).
    let private length (word: string) : int64 =
        let digits = if word.EndsWith 'L' then word[.. word.Length - 2] else word

        match Int64.TryParse(digits, Globalization.NumberStyles.None, Globalization.CultureInfo.InvariantCulture) with
        | true, length -> length
        | _ -> Defect.refuse "shape" $"{Defect.quote word} (expected a whole number from 0 on)"

    let rec private lengths (found: int64 list) (tokens: (int * Token) list) =
        match tokens with
        | (_, Word word) :: (_, Mark ',') :: rest -> lengths (length word :: found) rest
        | (_, Word word) :: (_, Mark ')') :: rest when not found.IsEmpty -> List.rev (length word :: found), rest
        | (_, Mark ')') :: rest -> List.rev found, rest
        | rest -> unexpected rest

    /// An element's byte order, kind and size from '<f4'.
    let private elementType (descr: string) : bool * char * int =
        let known = [ "b1"; "i1"; "i2"; "i4"; "i8"; "u1"; "u2"; "u4"; "u8"; "f2"; "f4"; "f8" ]
        let isKnown = descr.Length = 3 && List.contains descr[1..] known

        if descr.Length > 1 && descr[1] = 'O' then
            Defect.refuse "descr" "object arrays are not supported (they would need pickle)"
        elif isKnown && (descr[0] = '<' || descr[0] = '>' || descr[0] = '|' && descr[2] = '1') then
            descr[0] = '>', descr[1], int descr[2] - int '0'
        else
            let names = String.Join(", ", known)
            Defect.refuse "descr" $"{Defect.quote descr} is not supported (known: {names}, each with < or >)"

    let private value (key: string) (tokens: (int * Token) list) (header: NpyHeader) =
        match key, tokens with
        | "descr", (_, Quoted descr) :: rest ->
            let isBig, kind, size = elementType descr
            { header with IsBigEndian = isBig; Kind = kind; Size = size }, rest
        | "fortran_order", (_, Word("True" | "False" as word)) :: rest ->
            { header with IsFortran = (word = "True") }, rest
        | "shape", (_, Mark '(') :: rest ->
            let shape, rest = lengths [] rest
            { header with Shape = shape }, rest
        | "descr", (_, Mark _) :: _ -> Defect.refuse "descr" "structured types are not supported"
        | ("descr" | "fortran_order" | "shape"), rest -> unexpected rest
        | _ -> Defect.refuse "header" $"unknown key {Defect.quote key} (expected descr, fortran_order, shape)"

    let rec private entries (seen: string list) (header: NpyHeader) (tokens: (int * Token) list) =
        match tokens with
        | [ _, Mark '}' ] -> seen, header
        | (_, Quoted key) :: (_, Mark ':') :: _ when List.contains key seen ->
            Defect.refuse "header" $"key '{key}' is there twice"
        | (_, Quoted key) :: (_, Mark ':') :: rest ->
            match value key rest header with
            | header, (_, Mark ',') :: rest -> entries (key :: seen) header rest
            | header, ([ _, Mark '}' ] as rest) -> entries (key :: seen) header rest
            | _, rest -> unexpected rest
        | rest -> unexpected rest

    let private dictionary (offset: int) (text: string) : NpyHeader =
        let empty = { Offset = offset; IsBigEndian = false; Kind = 'f'; Size = 0; IsFortran = false; Shape = [] }

        match tokens text with
        | (_, Mark '{') :: rest ->
            let seen, header = entries [] empty rest

            for key in [ "descr"; "fortran_order"; "shape" ] do
                if not (List.contains key seen) then
                    Defect.refuse "header" $"key '{key}' is missing"

            header
        | _ -> Defect.refuse "header" "is no dictionary"

    /// The place and the length of the dictionary.
    let private bounds (bytes: byte[]) : int * uint32 =
        match bytes[6], bytes[7] with
        | 1uy, 0uy -> 10, uint32 (BinaryPrimitives.ReadUInt16LittleEndian(ReadOnlySpan(bytes, 8, 2)))
        | (2uy | 3uy), 0uy when bytes.Length >= 12 ->
            12, BinaryPrimitives.ReadUInt32LittleEndian(ReadOnlySpan(bytes, 8, 4))
        | (2uy | 3uy), 0uy -> Defect.refuse "header" $"{bytes.Length} bytes (need at least 12)"
        | major, minor -> Defect.refuse "version" $"{major}.{minor} (known: 1.0, 2.0, 3.0)"

    let private checkShape (shape: int64 list) =
        if shape.IsEmpty then
            Defect.refuse "shape" "(): a single number (need at least one dimension)"

        if shape.Length > 32 then
            Defect.refuse "shape" $"{shape.Length} dimensions (limit 32)"

    /// The header of a file that begins with these bytes.
    let read (bytes: byte[]) : NpyHeader =
        if bytes.Length < 10 then
            Defect.refuse "header" $"{bytes.Length} bytes (need at least 10)"

        if not (bytes.AsSpan().StartsWith(ReadOnlySpan magic)) then
            Defect.refuse "magic" $"0x{Convert.ToHexString(bytes, 0, 6)} (not NPY: it begins with 0x934E554D5059)"

        let start, length = bounds bytes

        if length > uint32 Longest then
            Defect.refuse "header" $"length {length} (limit {Longest})"

        if start + int length > bytes.Length then
            Defect.refuse "header" $"length {length}, the file has {bytes.Length - start} bytes after it"

        if bytes.AsSpan(start, int length).ContainsAnyExceptInRange(0x09uy, 0x7Euy) then
            Defect.refuse "header" "is not ASCII"

        let header = dictionary (start + int length) (Encoding.ASCII.GetString(bytes, start, int length))
        checkShape header.Shape
        header

    // Version 1 has a length of two bytes less, and a dictionary has more than two.
    [<Literal>]
    let private Start = 12

    /// The header of a file that is read from here on; no more of it than that is.
    let readFrom (file: Stream) : NpyHeader =
        let next length =
            let bytes = Array.zeroCreate<byte> length
            Array.truncate (file.ReadAtLeast(bytes.AsSpan(), length, false)) bytes

        let first = next Start

        if first.Length < Start || not (first.AsSpan().StartsWith(ReadOnlySpan magic)) then
            read first
        else
            match bounds first with
            | _, length when length > uint32 Longest -> read first
            | start, length -> read (Array.append first (next (max 0 (start + int length - Start))))

    /// The bytes of the whole file, however many.
    let fullLength (header: NpyHeader) : bigint =
        let elements = header.Shape |> List.fold (fun product length -> product * bigint length) 1I
        elements * bigint header.Size + bigint header.Offset

    /// The bytes of the whole file, checked to be few enough for one array.
    let wholeLength (header: NpyHeader) : int64 =
        let whole = fullLength header

        if whole > bigint Array.MaxLength then
            let text = header.Shape |> List.map string |> String.concat " x "
            Defect.refuse "shape" (Defect.tooLarge text header.Size whole)

        int64 whole
