namespace NeuralNetwork.Maths

/// What a reader wants to know of a formula that has a name: what `nn explain` lays out. It stands on the page of the formula.
type FormulaNote =
    {
        /// As users write it; in the note of one value, with its parameters.
        Name: string
        /// One sentence.
        Idea: string
        /// The formula and its derivative, a line each.
        Formula: string list
        /// Where it was published.
        Source: string
        /// How frameworks and papers differ, a sentence each.
        Differences: string list
    }

    /// As in: relu: Negative numbers become 0.
    override note.ToString() = note.Name + ": " + note.Idea

/// A number that stands behind the name of a formula and a colon, as the delta in huber:1.5.
type internal Parameter =
    {
        /// As in: delta.
        Name: string
        /// What the number must be, as in: above 0.
        Range: string
        /// Whether a number is in that range; NaN is in none.
        Holds: float -> bool
    }

module internal Parameter =

    /// A finite number above 0.
    let positive name : Parameter = { Name = name; Range = "above 0"; Holds = fun x -> x > 0.0 && x < infinity }

    /// A number between 0 and 1, neither of them meant.
    let share name : Parameter = { Name = name; Range = "above 0 and below 1"; Holds = fun x -> x > 0.0 && x < 1.0 }

    /// "a" or "an", before a word.
    let private article (word: string) = if "aeiou".Contains word[0] then "an" else "a"

    /// What is made of the numbers behind a name, which have to be as many as there are parameters, each in its range; the
    /// error says what was expected.
    let read (word: string) (parameters: Parameter list) (make: float list -> 'Value) (numbers: float list) =
        let isRead =
            numbers.Length = parameters.Length
            && List.forall2 (fun (parameter: Parameter) number -> parameter.Holds number) parameters numbers

        match parameters with
        | _ when isRead -> Ok(make numbers)
        | [] -> Error $"'{word}' takes no parameter"
        | [ one ] -> Error $"the {one.Name} of {word} must be a number {one.Range}"
        | several ->
            let each = several |> List.map (fun one -> $"{article one.Name} {one.Name} {one.Range}")
            Error $"""{word} takes {String.concat " and " each}"""
