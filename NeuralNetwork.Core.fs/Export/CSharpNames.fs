namespace NeuralNetwork.Export

open System.Text.RegularExpressions
open NeuralNetwork.Formats

/// The names that a generated class and its namespace cannot have.
module internal CSharpNames =

    /// What is no name in C# 12, or none of a type.
    let private keywords =
        "abstract as base bool break byte case catch char checked class const continue decimal default delegate do double \
         else enum event explicit extern false finally fixed float for foreach goto if implicit in int interface internal \
         is lock long namespace new null object operator out override params private protected public readonly ref return \
         sbyte sealed short sizeof stackalloc static string struct switch this throw true try typeof uint ulong unchecked \
         unsafe ushort using virtual void volatile while await dynamic file nint notnull nuint partial record required \
         scoped unmanaged var where yield"
            .Split(' ')
        |> Set.ofArray

    /// The words of lines of code; what is in quotes or behind // is none.
    let words (lines: string list) : Set<string> =
        let code line = Regex.Replace(line, "\"(\\\\.|[^\"\\\\])*\"|//.*", "")

        set
            [ for line in lines do
                  for found in Regex.Matches(code line, "[A-Za-z_][A-Za-z0-9_]*") do
                      found.Value ]

    let private demand (taken: Set<string>) (field: string) (name: string) =
        if keywords.Contains name then
            Defect.refuse field $"{Defect.quote name} is a keyword of C# (needs another name)"

        if taken.Contains name then
            Defect.refuse field $"{Defect.quote name} is a name that the class itself uses (needs another one)"

    /// Refuses a `namespace` or a `class` with a name that C# has for something else, and one that would hide
    /// what a class of these words calls by it.
    let check (space: string) (name: string) (taken: Set<string>) : unit =
        demand taken "class" name
        let parts = space.Split '.'
        demand taken "namespace" parts[0]
        Array.iter (demand Set.empty "namespace") parts
