namespace NeuralNetwork.Tests.Formats

open System
open System.Text.Json

/// JSON as it is written: members may be there twice, numbers and texts are as in the file.
[<RequireQualifiedAccess>]
type Tree =
    | Object of (string * Tree) list
    | List of Tree list
    | Leaf of string

/// Documents that are changed in what they say: counts, nesting, names, numbers.
module Tree =

    let rec private ofElement (element: JsonElement) : Tree =
        match element.ValueKind with
        | JsonValueKind.Object -> Tree.Object [ for one in element.EnumerateObject() -> one.Name, ofElement one.Value ]
        | JsonValueKind.Array -> Tree.List [ for one in element.EnumerateArray() -> ofElement one ]
        | _ -> Tree.Leaf(element.GetRawText())

    let read (text: string) : Tree =
        use document = JsonDocument.Parse text
        ofElement document.RootElement

    let private quoted (text: string) = JsonSerializer.Serialize text

    let text (word: string) : Tree = Tree.Leaf(quoted word)

    let rec write (tree: Tree) : string =
        match tree with
        | Tree.Leaf raw -> raw
        | Tree.List items -> $"""[{items |> List.map write |> String.concat ","}]"""
        | Tree.Object members ->
            let shown = members |> List.map (fun (name, value) -> $"{quoted name}:{write value}")
            $"""{{{String.concat "," shown}}}"""

    /// The value of a member.
    let find (name: string) (tree: Tree) : Tree =
        match tree with
        | Tree.Object members -> members |> List.find (fun (known, _) -> known = name) |> snd
        | _ -> failwith $"no member {name}"

    /// The same with other values for some members.
    let put (values: (string * Tree) list) (tree: Tree) : Tree =
        match tree with
        | Tree.Object members ->
            let known = Map.ofList values
            Tree.Object [ for name, value in members -> name, known.TryFind name |> Option.defaultValue value ]
        | other -> other

    let private numbers =
        [| "0"; "-1"; "1"; "2"; "3"; "8"; "0.5"; "-0.0"; "1e-320"; "1e308"; "1e999"; "100"; "101"; "4097" |]
        |> Array.append [| "65537"; "1048576"; "2147483647"; "2147483648"; "1099511627776"; "9223372036854775808" |]

    let private words =
        [| "dense"
           "activation"
           "batch-norm"
           "dropout"
           "relu"
           "prelu:0.1"
           "leaky-relu:0.2"
           "softmax"
           "gelu" |]
        |> Array.append [| "cross-entropy"; "squared-error"; "poisson"; "he-normal"; "lecun-uniform"; ""; "nan"; "k0" |]
        |> Array.append
            [| "\u202E"; "a\nb"; "\u001b[2J"; "x\"y"; "layers"; "9"; "prelu:1e999"; "binary-cross-entropy" |]

    let private pick (random: Random) (items: 'Item[]) : 'Item = items[random.Next items.Length]

    /// Any part of a document.
    let rec part (random: Random) (tree: Tree) : Tree =
        match tree with
        | Tree.Object(_ :: _ as members) when random.Next 5 > 0 -> part random (snd members[random.Next members.Length])
        | Tree.List(_ :: _ as items) when random.Next 5 > 0 -> part random items[random.Next items.Length]
        | other -> other

    let private leaf (random: Random) (raw: string) : Tree =
        match random.Next 8, Int64.TryParse raw with
        | 0, _ -> Tree.Leaf(pick random [| "null"; "true"; "false"; "[]"; "{}" |])
        | 1, _
        | 2, (false, _) -> text (pick random words)
        | 3, _ -> text (raw.Trim '"')
        | (4 | 5), (true, number) -> Tree.Leaf $"{number + int64 (random.Next(-2, 3))}"
        | 6, (true, number) -> Tree.Leaf $"{number * int64 (random.Next(2, 9))}"
        | 7, _ -> Seq.fold (fun tree _ -> Tree.List [ tree ]) (Tree.Leaf raw) (seq { 0 .. pick random [| 1; 2; 40 |] })
        | _ -> Tree.Leaf(pick random numbers)

    /// A number for a number and a text for a text, as a program of another version or an attacker with a schema writes them.
    let private likeLeaf (random: Random) (raw: string) : Tree =
        match random.Next 4, Int64.TryParse raw, raw.StartsWith '"' with
        | _, _, true -> text (pick random words)
        | (0 | 1), (true, number), _ -> Tree.Leaf $"{max 1L (number + int64 (random.Next(-2, 3)))}"
        | 2, (true, number), _ -> Tree.Leaf $"{number * int64 (random.Next(2, 9))}"
        | _ -> Tree.Leaf(pick random numbers)

    /// A list of other items of the same kinds.
    let private likeList (random: Random) (items: Tree list) : Tree =
        let place = random.Next items.Length
        let times = pick random [| 1; 1; 2; 3; 10; 100 |] * (if random.Next 500 = 0 then 100 else 1)

        match random.Next 6 with
        | 0 -> Tree.List(List.removeAt place items)
        | 1 -> Tree.List(List.rev items)
        | 2 -> Tree.List(List.truncate place items)
        | 3 -> Tree.List(List.insertAt (random.Next items.Length) items[place] items)
        | _ -> Tree.List(List.insertManyAt place (List.replicate times items[place]) items)

    let private list (random: Random) (donor: Tree) (items: Tree list) : Tree =
        let place = if items.IsEmpty then 0 else random.Next items.Length
        let times = pick random [| 1; 1; 2; 2; 3; 10; 100 |] * (if random.Next 500 = 0 then 100 else 1)

        match random.Next 6 with
        | _ when items.IsEmpty -> Tree.List [ part random donor ]
        | 0 -> Tree.List(List.removeAt place items)
        | 1
        | 2 -> Tree.List(List.insertManyAt place (List.replicate times items[place]) items)
        | 3 -> Tree.List(List.insertAt place (part random donor) items)
        | 4 -> Tree.List(List.rev items)
        | _ -> Tree.List(List.truncate place items)

    let private members (random: Random) (donor: Tree) (members: (string * Tree) list) : Tree =
        let place = if members.IsEmpty then 0 else random.Next members.Length

        match random.Next 5 with
        | _ when members.IsEmpty -> Tree.Object [ pick random words, part random donor ]
        | 0 -> Tree.Object(List.removeAt place members)
        | 1 -> Tree.Object(members @ [ members[place] ])
        | 2 -> Tree.Object(List.updateAt place (pick random words, snd members[place]) members)
        | 3 -> Tree.Object(List.updateAt place (fst members[place], part random donor) members)
        | _ -> Tree.Object(members @ [ pick random words, part random donor ])

    /// One change somewhere. What is put in is taken from a donor, which may be the document itself; or every name and every
    /// kind of value stays.
    let rec private change (random: Random) (isLike: bool) (donor: Tree) (tree: Tree) : Tree =
        match tree with
        | Tree.Object [] when isLike -> tree
        | Tree.Object all when isLike ->
            let place = random.Next all.Length
            let name, value = all[place]
            Tree.Object(List.updateAt place (name, change random isLike donor value) all)
        | Tree.List(_ :: _ as items) when isLike && random.Next 2 = 0 -> likeList random items
        | Tree.Leaf raw when isLike -> likeLeaf random raw
        | Tree.Object(_ :: _ as all) when random.Next 6 > 0 ->
            let place = random.Next all.Length
            let name, value = all[place]
            Tree.Object(List.updateAt place (name, change random isLike donor value) all)
        | Tree.List(_ :: _ as items) when random.Next 3 > 0 ->
            let place = random.Next items.Length
            Tree.List(List.updateAt place (change random isLike donor items[place]) items)
        | Tree.Object all -> members random donor all
        | Tree.List items -> list random donor items
        | Tree.Leaf raw -> leaf random raw

    /// Up to so many changes, most of them such that names and kinds stay.
    let changed (random: Random) (most: int) (tree: Tree) : Tree =
        Seq.fold (fun changed _ -> change random (random.Next 5 > 0) tree changed) tree (seq { 0 .. random.Next most })
