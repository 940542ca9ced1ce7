/// The public surface of the library as C# and F# see it: a change is seen in the file that is committed with it, and every
/// member has words.
module NeuralNetwork.Tests.SurfaceTests

open System
open System.IO
open System.Reflection
open System.Text.RegularExpressions
open System.Xml.Linq
open NeuralNetwork
open NUnit.Framework
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

/// NN_ACCEPT_SURFACE=1 writes the file anew, for the commit that changes the surface.
[<Test>]
let ``The public surface is the one in the file that is committed with it`` () =
    let path = Path.Combine(Machines.repository, "NeuralNetwork.Core.fs", "surface.txt")

    if Environment.GetEnvironmentVariable "NN_ACCEPT_SURFACE" = "1" then
        File.WriteAllLines(path, surface)

    let committed = File.ReadAllLines path |> List.ofArray
    let gone = List.except surface committed
    let added = List.except committed surface
    let lines sign = List.map (fun (text: string) -> $"{sign} {text.Trim()}") >> List.truncate 40
    let difference = String.Join('\n', lines "-" gone @ lines "+" added)
    Expect.that (committed = surface) $"NN_ACCEPT_SURFACE=1 accepts:\n{difference}"

// Words ----------------------------------------------------------------------------------------------------------------

let private documentation =
    XDocument.Load(string (Path.ChangeExtension(library.Location, "xml"))).Descendants(XName.Get "member")
    |> Seq.choose (fun one ->
        match one.Attribute(XName.Get "name") with
        | null -> None
        | name -> Some(name.Value, one.Value.Trim()))
    |> Map.ofSeq

let private isDocumented (kinds: string list) (name: string) =
    let name = name.Replace('+', '.')

    let isIt (key: string) =
        kinds
        |> List.exists (fun kind ->
            key = $"{kind}:{name}" || key.StartsWith $"{kind}:{name}(" || key.StartsWith $"{kind}:{name}``")

    documentation |> Map.exists (fun key words -> words <> "" && isIt key)

/// What the engine is made of is public to be looked at, and has its words at the operation or the class it stands for.
let private isPart (t: Type) = t.Namespace = "NeuralNetwork.Engine" || t.Name.Contains "Formula"

let private isCase (t: Type) = t.IsNested && FSharpType.IsUnion(nonNull t.DeclaringType)

[<Test>]
let ``Every public type has words`` () =
    let silent =
        [ for t in library.GetExportedTypes() do
              // A module that goes with a type has its words there.
              if not (isCase t || isPart t || FSharpType.IsModule t || isDocumented [ "T" ] (string t.FullName)) then
                  string t.FullName ]

    let names = String.Join('\n', silent)
    Expect.that silent.IsEmpty $"without words:\n{names}"

/// Fields of records that say it all by their names are left alone, and so is what the compiler adds. An interface of one member
/// says itself what that does.
[<Test>]
let ``Every public function and every member of a class has words`` () =
    let silent =
        [ for t in library.GetExportedTypes() do
              if
                  not (
                      isCase t || isPart t || t.IsInterface || FSharpType.IsRecord t || FSharpType.IsUnion t || t.IsEnum
                  )
              then
                  for one in t.GetMembers everything do
                      let isGenerated = one.IsDefined typeof<System.Runtime.CompilerServices.CompilerGeneratedAttribute>

                      match one with
                      | :? MethodInfo as method when method.IsSpecialName || isGenerated || given.Contains one.Name ->
                          ()
                      | :? MethodInfo
                      | :? PropertyInfo when not isGenerated ->
                          if not (isDocumented [ "M"; "P" ] $"{t.FullName}.{one.Name}") then
                              $"{t.FullName}.{one.Name}"
                      | _ -> () ]

    let names = String.Join('\n', List.distinct silent)
    Expect.that silent.IsEmpty $"without words:\n{names}"
