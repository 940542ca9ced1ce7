namespace NeuralNetwork.Formats

/// Arrays by name in a zip archive, as numpy.savez and savez_compressed write them.
module Npz =

    let private extension = ".npy"

    /// 'x' from 'x.npy'.
    let private key (entry: ZipEntry) : string =
        if entry.Name.EndsWith extension then
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

            let find name =
                match List.tryFind (fun (key, _) -> key = name) entries with
                | Some(_, entry) -> array name entry
                | None ->
                    let has = entries |> List.truncate 10 |> List.map fst |> String.concat ", "
                    Defect.refuse $"key '{name}'" $"not found; has: {has}"

            List.map find names)
