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

    let private kindOf (column: Column) : string =
        match column with
        | Column.Number _ -> "numbers"
        | Column.Category _
        | Column.OpenCategory(_, _, false) -> "texts"
        | Column.OpenCategory(_, _, true) -> "texts with a place for others"
        | Column.Date(_, _, hasTime, _) -> if hasTime then "moments" else "dates"

    let private demandSameKind (wanted: Column) (there: Column) : unit =
        let name = Defect.quote wanted.Title

        if kindOf wanted <> kindOf there then
            Defect.refuse "columns" $"{name} has {kindOf wanted}, and {kindOf there} in the file"

        demandSame "columns" $"category of {name}" (List.ofArray wanted.Known) (List.ofArray there.Known)

    /// The features of columns by name, as categories of a column have them.
    let private features (columns: Column list) : (string * string option) list =
        [ for column in columns do
              for part in column.Parts do
                  column.Title, part ]

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
