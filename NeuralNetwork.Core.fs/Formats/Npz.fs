namespace NeuralNetwork.Formats

open System
open System.IO
open System.IO.Compression

/// Arrays by name in a zip archive, as numpy.savez and savez_compressed write them.
module Npz =

    let private extension = ".npy"

    /// 'x' from 'x.npy'.
    let private key (entry: ZipEntry) : string =
        if entry.Name.EndsWith(extension, StringComparison.Ordinal) then
            entry.Name[.. entry.Name.Length - extension.Length - 1]
        else
            entry.Name

    let private entries (bytes: byte[]) : (string * ZipEntry) list =
        let entries = Zip.entries bytes |> List.map (fun entry -> key entry, entry)

        match entries |> List.countBy fst |> List.tryFind (fun (_, times) -> times > 1) with
        | Some(name, _) -> Defect.refuse $"key {Defect.quote name}" "is there twice, with .npy and without"
        | None -> entries

    let private array (name: string) (entry: ZipEntry) : Npy =
        let orRefuse result =
            match result with
            | Ok value -> value
            | Error defect -> Defect.refuse $"key {Defect.quote name}: {defect.Field}" defect.Found

        let bytes = Zip.unpack entry NpyHeader.Enough (fun beginning -> orRefuse (Npy.expectedLength beginning))
        orRefuse (Npy.read bytes)

    /// The names of the arrays, in the order of the archive.
    let keys (bytes: byte[]) : Result<string list, Defect> = Defect.catch (fun () -> entries bytes |> List.map fst)

    /// The arrays of these names, in this order.
    let read (names: string list) (bytes: byte[]) : Result<Npy list, Defect> =
        Defect.catch (fun () ->
            let entries = entries bytes
            let byName = Map.ofList entries

            let find name =
                match byName.TryFind name with
                | Some entry -> array name entry
                | None ->
                    let has = entries |> List.truncate 10 |> List.map fst |> String.concat ", "
                    Defect.refuse $"key '{name}'" $"not found; has: {has}"

            List.map find names)

    /// Entries of an archive have a time; this one is the earliest the format knows.
    let private noTime = DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero)

    /// The bytes of an archive with these arrays, not compressed: equal arrays give equal bytes.
    let write (arrays: (string * Npy) list) : byte[] =
        use stream = new MemoryStream()

        using (new ZipArchive(stream, ZipArchiveMode.Create, true)) (fun archive ->
            for name, array in arrays do
                let entry = archive.CreateEntry(name + extension, CompressionLevel.NoCompression)
                entry.LastWriteTime <- noTime
                use content = entry.Open()
                content.Write(ReadOnlySpan(Npy.write array)))

        stream.ToArray()
