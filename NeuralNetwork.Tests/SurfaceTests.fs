/// The public surface of the library as C# and F# see it: a change is seen in the file that is committed with it, and every
/// member has words.
module NeuralNetwork.Tests.SurfaceTests

open System
open System.IO
open System.Reflection
open System.Text.RegularExpressions
open System.Xml.Linq
open NeuralNetwork
open Microsoft.FSharp.Reflection

let private library = typeof<Network>.Assembly

/// The name of a type as C# writes it, in short.
let rec private nameOf (t: Type) : string =
    if t.IsGenericParameter then
        t.Name
    elif t.HasElementType then
        let inner = nameOf (nonNull (t.GetElementType()))

        if t.IsArray then $"{inner}[]"
        elif t.IsByRef then $"ref {inner}"
        else $"{inner}*"
    elif t.IsGenericType then
        let arguments = t.GetGenericArguments() |> Array.map nameOf |> String.concat ", "
        $"{t.Name.Split('`')[0]}<{arguments}>"
    else
        t.Name

let private parameters (method: MethodBase) =
    method.GetParameters()
    |> Array.map (fun parameter ->
        let optional = if parameter.IsOptional then " = …" else ""
        $"{nameOf parameter.ParameterType} {parameter.Name}{optional}")
    |> String.concat ", "

let private line (t: Type) (one: MemberInfo) : string option =
    let of' (isStatic: bool) = if isStatic then "static " else ""

    match one with
    | :? PropertyInfo as property ->
        let getter = property.GetAccessors()[0]
        Some $"{of' getter.IsStatic}{nameOf property.PropertyType} {property.Name}"
    | :? MethodInfo as method when not method.IsSpecialName ->
        let generic =
            if method.IsGenericMethod then
                let names = method.GetGenericArguments() |> Array.map _.Name |> String.concat ", "
                $"<{names}>"
            else
                ""

        Some $"{of' method.IsStatic}{nameOf method.ReturnType} {method.Name}{generic}({parameters method})"
    | :? ConstructorInfo as constructor -> Some $"new({parameters constructor})"
    | :? FieldInfo as field when field.IsLiteral -> Some $"const {nameOf field.FieldType} {field.Name}"
    | :? FieldInfo as field when t.IsEnum -> Some field.Name
    | _ -> None

let private kind (t: Type) =
    if FSharpType.IsUnion t && not (FSharpType.IsUnion(nonNull t.BaseType)) then "union"
    elif FSharpType.IsRecord t then "record"
    elif FSharpType.IsModule t then "module"
    elif t.IsInterface then "interface"
    elif t.IsValueType then "struct"
    else "class"

let private everything =
    BindingFlags.Public ||| BindingFlags.Instance ||| BindingFlags.Static ||| BindingFlags.DeclaredOnly

/// What every record and union has besides what is written there.
let private given = set [ "Equals"; "GetHashCode"; "CompareTo"; "ToString"; "Tag"; "Finalize" ]

let private surface: string list =
    [ for t in library.GetExportedTypes() |> Array.sortBy string do
          if not (t.IsNested && FSharpType.IsUnion(nonNull t.DeclaringType)) then
              $"{kind t} {t.Namespace}.{nameOf t}"

              yield!
                  t.GetMembers everything
                  |> Seq.filter (fun one -> not (given.Contains one.Name))
                  |> Seq.choose (line t)
                  |> Seq.sort
                  |> Seq.distinct
                  |> Seq.map (fun text -> $"    {text}") ]

/// What has words in the XML documentation, as P:NeuralNetwork.Network.Inputs; of overloaded methods one is enough.
let private documented: Set<string> =
    let nameOf (key: string) = Regex.Replace(key, @"(``|\().*", "")

    XDocument.Load(string (Path.ChangeExtension(library.Location, "xml"))).Descendants(XName.Get "member")
    |> Seq.choose (fun one ->
        match one.Attribute(XName.Get "name") with
        | null -> None
        | _ when String.IsNullOrWhiteSpace one.Value -> None
        | name -> Some(nameOf name.Value))
    |> Set.ofSeq

let private hasWords (kinds: string list) (name: string) =
    kinds |> List.exists (fun kind -> documented.Contains $"{kind}:{name.Replace('+', '.')}")

/// A case of a union is seen by .NET as a class inside of it. It is looked at as a case.
let private isCase (t: Type) = t.IsNested && FSharpType.IsUnion(nonNull t.DeclaringType)

/// A module of the name of a type has its words there.
let private isCompanion (t: Type) =
    let whole = string t.FullName
    let name = Regex.Replace(whole, "Module$", "")

    FSharpType.IsModule t
    && [ name; $"{name}`1" ]
       |> List.exists (fun other -> other <> whole && not (isNull (library.GetType other)))

/// What the compiler adds to unions and records, and accessors, which go with their property.
let private isAdded (one: MemberInfo) =
    let isGenerated = one.IsDefined typeof<System.Runtime.CompilerServices.CompilerGeneratedAttribute>

    match one with
    | :? MethodInfo as method -> isGenerated || method.IsSpecialName || given.Contains one.Name
    | :? PropertyInfo -> isGenerated || given.Contains one.Name
    | _ -> false

let private looked: Type list =
    [ for t in library.GetExportedTypes() do
          if not (isCase t) then
              t ]

let private expectNone (silent: string list) =
    let names = String.Join('\n', List.distinct silent)
    Expect.that silent.IsEmpty $"without words:\n{names}"

let tests =
    group
        "Surface"
        [
          // NN_ACCEPT_SURFACE=1 writes the file anew, for the commit that changes the surface.
          test "The public surface is the one in the file that is committed with it" (fun () ->
              let path = Path.Combine(Machines.repository, "NeuralNetwork.Core.fs", "surface.txt")

              if Environment.GetEnvironmentVariable "NN_ACCEPT_SURFACE" = "1" then
                  File.WriteAllLines(path, surface)

              let committed = File.ReadAllLines path |> List.ofArray
              let gone = List.except surface committed
              let added = List.except committed surface
              let lines sign = List.map (fun (text: string) -> $"{sign} {text.Trim()}") >> List.truncate 40
              let difference = String.Join('\n', lines "-" gone @ lines "+" added)
              Expect.that (committed = surface) $"NN_ACCEPT_SURFACE=1 accepts:\n{difference}")
          test "Every public type has words" (fun () ->
              expectNone
                  [ for t in looked do
                        if not (isCompanion t || hasWords [ "T" ] (string t.FullName)) then
                            string t.FullName ])
          // Constructors are left out: a class of F# has their words at the class itself.
          test "Every public function, property, field and value of an enumeration has words" (fun () ->
              expectNone
                  [ for t in looked do
                        for one in t.GetMembers everything do
                            let isCaseOfUnion =
                                FSharpType.IsUnion t
                                && FSharpType.GetUnionCases t |> Array.exists (fun case -> case.Name = one.Name)

                            match one with
                            | :? FieldInfo as field when t.IsEnum && not field.IsLiteral -> ()
                            | :? FieldInfo
                            | :? MethodInfo
                            | :? PropertyInfo when not (isAdded one || isCaseOfUnion) ->
                                if not (hasWords [ "M"; "P"; "F" ] $"{t.FullName}.{one.Name}") then
                                    $"{t.FullName}.{one.Name}"
                            | _ -> () ])
          test "Every case of a public union has words" (fun () ->
              expectNone
                  [ for t in looked do
                        if FSharpType.IsUnion t then
                            for case in FSharpType.GetUnionCases t do
                                if not (hasWords [ "T"; "P"; "F"; "M" ] $"{t.FullName}.{case.Name}") then
                                    $"{t.FullName}.{case.Name}" ]) ]
