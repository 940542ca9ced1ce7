namespace NeuralNetwork.Formats

open System
open System.Security.Cryptography
open System.Text

/// Checksums in a safetensors file, in its __metadata__: `sha256:NAME` of the bytes of each tensor, and `sha256`, the
/// first entry of all, of everything up to the tensors, its own digits counted as zeros. So no bit of a file can change
/// unnoticed, and where a tensor is damaged it is named. Files of other programs have none and are read without.
module internal Checksum =

    [<Literal>]
    let private Key = "sha256"

    let private ofTensor (name: string) = $"{Key}:{name}"

    /// What a file with checksums begins with, after its first eight bytes.
    let private opening = Encoding.ASCII.GetBytes $"{{\"__metadata__\":{{\"{Key}\":\""

    /// Where the digits of the first entry are.
    let private digits = Range(Index(8 + opening.Length), Index(8 + opening.Length + 2 * SHA256.HashSizeInBytes))

    let private hash (bytes: ReadOnlySpan<byte>) = Convert.ToHexStringLower(SHA256.HashData bytes)

    /// The checksum of a file up to its tensors.
    let private ofHead (head: ReadOnlySpan<byte>) =
        let copy = head.ToArray()
        copy.AsSpan(digits).Fill(byte '0')
        hash (ReadOnlySpan copy)

    /// Whether an entry of the metadata is a checksum, rather than something the writer had to say.
    let isOne (key: string, _: string) : bool = key = Key || key.StartsWith($"{Key}:", StringComparison.Ordinal)

    /// The first entry, to be filled in by `seal`.
    let first: string * string = Key, String('0', 2 * SHA256.HashSizeInBytes)

    /// The entries of tensors.
    let ofTensors (tensors: (string * ReadOnlyMemory<byte>) list) : (string * string) list =
        [ for name, bytes in tensors -> ofTensor name, hash bytes.Span ]

    /// Fills in the first entry of a file up to its tensors.
    let seal (head: Span<byte>) : unit =
        Encoding.ASCII.GetBytes(ofHead (Span.op_Implicit head), head.Slice(8 + opening.Length)) |> ignore

    /// Whether a file has checksums.
    let isSealed (bytes: ReadOnlySpan<byte>) : bool =
        bytes.Length >= digits.End.Value && bytes.Slice(8).StartsWith(ReadOnlySpan opening)

    let private changed = "SHA-256 differs: damaged, or changed by a program that kept the old checksums"

    /// Refuses a file whose checksums are not those of its content; one that has none passes.
    let verify
        (head: ReadOnlyMemory<byte>)
        (metadata: (string * string) list)
        (tensors: (string * ReadOnlyMemory<byte>) list)
        : unit =
        let found = Map.ofList (List.filter isOne metadata)

        if not found.IsEmpty then
            if not (isSealed head.Span) || Map.tryFind Key found <> Some(ofHead head.Span) then
                Defect.refuse "header" changed

            for name, bytes in tensors do
                if Map.tryFind (ofTensor name) found <> Some(hash bytes.Span) then
                    Defect.refuse $"tensor {Defect.quote name}" changed
