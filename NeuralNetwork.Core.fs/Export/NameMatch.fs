namespace NeuralNetwork.Export

open NeuralNetwork.Formats
open NeuralNetwork.Plans

/// Where the features and classes of one model are among those of another one, by their names: the numbers of a model are
/// taken over only where each has its place.
module internal NameMatch =

    let private some (names: string list) : string =
        let shown = names |> List.truncate 10 |> List.map Defect.quote |> String.concat ", "
        if names.Length > 10 then shown + ", …" else shown

    /// Refuses names of which one side has one that the other has not.
    let private demandSame (field: string) (kind: string) (wanted: string list) (there: string list) : unit =
        let areThere, areWanted = Set.ofList there, Set.ofList wanted

        for name in wanted do
            if not (areThere.Contains name) then
                Defect.refuse field $"no {kind} {Defect.quote name} in the file, which has {some there}"

        for name in there do
            if not (areWanted.Contains name) then
                Defect.refuse field $"the file has the {kind} {Defect.quote name}, the data have {some wanted}"

    let private demandSameKind (wanted: Column) (there: Column) : unit =
        match wanted, there with
        | Column.Number _, Column.Number _ -> ()
        | Column.Category(name, wanted), Column.Category(_, there) ->
            demandSame "columns" $"category of {Defect.quote name}" (List.ofArray wanted) (List.ofArray there)
        | Column.Number(name, _), Column.Category _ ->
            Defect.refuse "columns" $"{Defect.quote name} has numbers, and texts in the file"
        | Column.Category(name, _), Column.Number _ ->
            Defect.refuse "columns" $"{Defect.quote name} has texts, and numbers in the file"

    /// The features of columns by name, as categories of a column have them.
    let private features (columns: Column list) : (string * string option) list =
        [ for column in columns do
              match column with
              | Column.Number(name, _) -> name, None
              | Column.Category(name, categories) ->
                  for category in categories do
                      name, Some category ]

    let private placesOf (wanted: 'Name list) (there: 'Name list) : int[] option =
        if wanted = there then
            None
        else
            let places = there |> List.mapi (fun place name -> name, place) |> Map.ofList
            Some [| for name in wanted -> places[name] |]

    /// For each feature of the wanted columns its place among those there; None where they are the same, or one side has no
    /// names.
    let ofColumns (wanted: Column list) (there: Column list) : int[] option =
        if wanted.IsEmpty || there.IsEmpty then
            None
        else
            demandSame "columns" "column" (wanted |> List.map _.Title) (there |> List.map _.Title)

            let byTitle = Map.ofList [ for column in there -> column.Title, column ]

            for column in wanted do
                demandSameKind column byTitle[column.Title]

            placesOf (features wanted) (features there)

    /// For each of the wanted classes its place among those there, as above; a model of values has no classes.
    let ofLabels (wanted: string[]) (there: string[]) : int[] option =
        if there.Length = 0 then
            None
        elif wanted.Length = 0 then
            Defect.refuse "labels" $"the file tells {some (List.ofArray there)} apart, the data have values to learn"
        else
            demandSame "labels" "class" (List.ofArray wanted) (List.ofArray there)
            placesOf (List.ofArray wanted) (List.ofArray there)
