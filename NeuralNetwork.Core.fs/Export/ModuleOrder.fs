namespace NeuralNetwork.Export

open System
open System.Text.RegularExpressions
open NeuralNetwork.Formats

/// The order of the modules of a state_dict, as far as their names give it: by the numbers of one sequence (net.0, net.2),
/// compared as numbers. A batch norm or PReLU of a sequence of its own stands behind the dense layer of its number (fc1, bn1).
/// Nothing is guessed: neither between sequences, nor for names without a number, whatever the shapes are.
module internal ModuleOrder =

    /// The numbers in a name.
    let numbers (name: string) : bigint list =
        [ for found in Regex.Matches(name, "[0-9]+") -> bigint.Parse(found.Value) ]

    /// What names of one sequence have in common, as net.#
    let private sequence (name: string) : string = Regex.Replace(name, "[0-9]+", "#")

    /// The sequence of the module that a module is a part of.
    let private parent (name: string) : string =
        match name.LastIndexOf '.' with
        | -1 -> ""
        | dot -> sequence name[.. dot - 1]

    let private pair (one: string) (other: string) = $"{Defect.quote one} and {Defect.quote other}"

    let private endsInNumber (name: string) = name <> "" && Char.IsAsciiDigit name[name.Length - 1]

    /// The place of a module that has a number: those of one place are parts of one module and have the same number. So a
    /// module of another sequence stands behind a dense layer, bn1 behind fc1.
    let private place (name: string) : (string * bigint list) option =
        if endsInNumber name then Some(parent name, numbers name) else None

    /// Why the names do not give an order; None where they do.
    let private doubt (dense: string list) (others: string list) : string option =
        let all = dense @ others
        let first = sequence dense.Head
        let places = dense |> List.choose place |> Set.ofList
        let isBehind name = place name |> Option.exists places.Contains

        let tie =
            [ for names in [ dense; others ] do
                  for _, same in List.groupBy (fun name -> sequence name, numbers name) names do
                      if same.Length > 1 then
                          same[0], same[1] ]
            |> List.tryHead

        if all.Length = 1 then
            None
        else
            match
                all |> List.tryFind (numbers >> List.isEmpty),
                dense |> List.tryFind (fun name -> sequence name <> first),
                others |> List.tryFind (fun name -> sequence name <> first && not (isBehind name)),
                tie
            with
            | Some nameless, _, _, _ -> Some $"{Defect.quote nameless} has no number"
            | _, Some other, _, _
            | _, _, Some other, _ -> Some $"{pair dense.Head other} are of different modules"
            | _, _, _, Some(one, other) -> Some $"{pair one other} have the same number"
            | None, None, None, None -> None

    /// The names in order: dense layers and others, with the rank that a kind has within a number. A defect where the names do
    /// not give it.
    let ofNames (modules: (string * int) list) : string list =
        let names = List.map fst modules
        let dense, others = modules |> List.partition (fun (_, rank) -> rank = 0)

        if not dense.IsEmpty then
            doubt (List.map fst dense) (List.map fst others)
            |> Option.iter (fun reason ->
                let some = String.Join(',', List.truncate 20 names) + (if names.Length > 20 then ",…" else "")
                Defect.refuse "layers" $"{reason}: the names do not give the order of {some}")

        modules |> List.sortBy (fun (name, rank) -> numbers name, rank, name) |> List.map fst
