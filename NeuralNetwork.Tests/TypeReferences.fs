/// What the types of an assembly name of each other, read from its metadata and from the instructions of its methods: what a
/// test of its architecture goes by. Nested types, lambdas and iterators count as the type of the file they are written in.
module NeuralNetwork.Tests.TypeReferences

open System
open System.Collections.Generic
open System.IO
open System.Reflection
open System.Reflection.Emit
open System.Reflection.Metadata
open System.Reflection.Metadata.Ecma335
open System.Reflection.PortableExecutable

/// A type that stands on its own in a file: "NeuralNetwork.Cli.Storage", "FolderLock", and the types it names; those of other
/// assemblies by their whole name.
type Named =
    { Namespace: string
      Name: string
      Inside: Set<string>
      Outside: Set<string> }

    member this.Whole: string = if this.Namespace.Length = 0 then this.Name else $"{this.Namespace}.{this.Name}"

/// The codes of the instructions by their number: what tells how long an instruction is.
let private opcodes: IReadOnlyDictionary<int, OpCode> =
    readOnlyDict
        [ for field in typeof<OpCodes>.GetFields(BindingFlags.Public ||| BindingFlags.Static) do
              match field.GetValue null with
              | :? OpCode as code -> int code.Value &&& 0xFFFF, code
              | _ -> () ]

/// The tokens an instruction of a method has for an operand.
let private tokens (body: MethodBodyBlock) : int list =
    let mutable reader = body.GetILReader()

    [ while reader.RemainingBytes > 0 do
          let first = int (reader.ReadByte())

          let code = if first = 0xFE then opcodes[0xFE00 ||| int (reader.ReadByte())] else opcodes[first]

          match code.OperandType with
          | OperandType.InlineNone -> ()
          | OperandType.ShortInlineBrTarget
          | OperandType.ShortInlineI
          | OperandType.ShortInlineVar -> reader.Offset <- reader.Offset + 1
          | OperandType.InlineVar -> reader.Offset <- reader.Offset + 2
          | OperandType.InlineI8
          | OperandType.InlineR -> reader.Offset <- reader.Offset + 8
          | OperandType.InlineSwitch ->
              let cases = reader.ReadInt32()
              reader.Offset <- reader.Offset + 4 * cases
          | OperandType.InlineField
          | OperandType.InlineMethod
          | OperandType.InlineTok
          | OperandType.InlineType -> reader.ReadInt32()
          | _ -> reader.Offset <- reader.Offset + 4 ]

/// The types of a signature, as handles.
type private Types = EntityHandle list

type private Collector() =
    interface ISignatureTypeProvider<Types, unit> with
        member _.GetArrayType(element, _) = element
        member _.GetByReferenceType element = element

        member _.GetFunctionPointerType signature = signature.ReturnType @ List.concat signature.ParameterTypes

        member _.GetGenericInstantiation(generic, arguments) = generic @ List.concat arguments
        member _.GetGenericMethodParameter(_, _) = []
        member _.GetGenericTypeParameter(_, _) = []
        member _.GetModifiedType(modifier, unmodified, _) = modifier @ unmodified
        member _.GetPinnedType element = element
        member _.GetPointerType element = element
        member _.GetPrimitiveType _ = []
        member _.GetSZArrayType element = element

        member _.GetTypeFromDefinition(_, handle, _) : Types = [ TypeDefinitionHandle.op_Implicit handle ]

        member _.GetTypeFromReference(_, handle, _) : Types = [ TypeReferenceHandle.op_Implicit handle ]

        member this.GetTypeFromSpecification(reader, context, handle, _) =
            reader.GetTypeSpecification(handle).DecodeSignature(this, context)

let private collector = Collector()

/// The types that a handle of any kind stands for.
let rec private typesOf (reader: MetadataReader) (handle: EntityHandle) : Types =
    match handle.Kind with
    | HandleKind.TypeDefinition
    | HandleKind.TypeReference -> [ handle ]
    | HandleKind.TypeSpecification ->
        reader.GetTypeSpecification(TypeSpecificationHandle.op_Explicit handle).DecodeSignature(collector, ())
    | HandleKind.FieldDefinition ->
        let field = reader.GetFieldDefinition(FieldDefinitionHandle.op_Explicit handle)

        TypeDefinitionHandle.op_Implicit (field.GetDeclaringType()) :: field.DecodeSignature(collector, ())
    | HandleKind.MethodDefinition ->
        let method = reader.GetMethodDefinition(MethodDefinitionHandle.op_Explicit handle)

        let signature = method.DecodeSignature(collector, ())

        TypeDefinitionHandle.op_Implicit (method.GetDeclaringType()) :: signature.ReturnType
        @ List.concat signature.ParameterTypes
    | HandleKind.MemberReference ->
        let one = reader.GetMemberReference(MemberReferenceHandle.op_Explicit handle)

        let inSignature =
            match one.GetKind() with
            | MemberReferenceKind.Field -> one.DecodeFieldSignature(collector, ())
            | _ ->
                let signature = one.DecodeMethodSignature(collector, ())
                signature.ReturnType @ List.concat signature.ParameterTypes

        typesOf reader one.Parent @ inSignature
    | HandleKind.MethodSpecification ->
        let one = reader.GetMethodSpecification(MethodSpecificationHandle.op_Explicit handle)

        typesOf reader one.Method @ List.concat (one.DecodeSignature(collector, ()))
    | HandleKind.StandaloneSignature ->
        let one = reader.GetStandaloneSignature(StandaloneSignatureHandle.op_Explicit handle)

        match one.GetKind() with
        | StandaloneSignatureKind.LocalVariables -> List.concat (one.DecodeLocalSignature(collector, ()))
        | _ ->
            let signature = one.DecodeMethodSignature(collector, ())
            signature.ReturnType @ List.concat signature.ParameterTypes
    | _ -> []

let private inMethod (reader: MetadataReader) (file: PEReader) (handle: MethodDefinitionHandle) : Types =
    let method = reader.GetMethodDefinition handle
    let face = typesOf reader (MethodDefinitionHandle.op_Implicit handle)

    if method.RelativeVirtualAddress = 0 then
        face
    else
        let body = file.GetMethodBody method.RelativeVirtualAddress

        let locals =
            if body.LocalSignature.IsNil then
                []
            else
                typesOf reader (StandaloneSignatureHandle.op_Implicit body.LocalSignature)

        let caught =
            [ for region in body.ExceptionRegions do
                  if region.Kind = ExceptionRegionKind.Catch then
                      yield! typesOf reader region.CatchType ]

        let used =
            [ for token in tokens body do
                  let handle = MetadataTokens.EntityHandle token

                  if not handle.IsNil then
                      yield! typesOf reader handle ]

        face @ locals @ caught @ used

/// The types that one type names itself, without those nested in it.
let private inType (reader: MetadataReader) (file: PEReader) (definition: TypeDefinition) : Types =
    [ if not definition.BaseType.IsNil then
          yield! typesOf reader definition.BaseType

      for one in definition.GetInterfaceImplementations() do
          yield! typesOf reader (reader.GetInterfaceImplementation one).Interface

      for one in definition.GetFields() do
          yield! typesOf reader (FieldDefinitionHandle.op_Implicit one)

      for one in definition.GetMethods() do
          yield! inMethod reader file one

      for parameter in definition.GetGenericParameters() do
          for constraint' in reader.GetGenericParameter(parameter).GetConstraints() do
              yield! typesOf reader (reader.GetGenericParameterConstraint constraint').Type ]

let rec private owner (reader: MetadataReader) (handle: TypeDefinitionHandle) : TypeDefinitionHandle =
    let outer = reader.GetTypeDefinition(handle).GetDeclaringType()
    if outer.IsNil then handle else owner reader outer

let rec private outerName (reader: MetadataReader) (handle: TypeReferenceHandle) : string =
    let one = reader.GetTypeReference handle

    match one.ResolutionScope.Kind with
    | HandleKind.TypeReference -> outerName reader (TypeReferenceHandle.op_Explicit one.ResolutionScope)
    | _ -> $"{reader.GetString one.Namespace}.{reader.GetString one.Name}"

/// The types of an assembly that are nested in no other, and what they name.
let ofAssembly (path: string) : Named list =
    use file = new PEReader(File.OpenRead path)
    let reader = file.GetMetadataReader()

    let nameOf (handle: TypeDefinitionHandle) =
        let one = reader.GetTypeDefinition handle
        reader.GetString one.Namespace, reader.GetString one.Name

    let wholeOf (handle: TypeDefinitionHandle) =
        let space, name = nameOf handle
        if space.Length = 0 then name else $"{space}.{name}"

    let named =
        reader.TypeDefinitions
        |> Seq.groupBy (owner reader)
        |> Seq.map (fun (top, parts) ->
            let handles =
                parts |> Seq.collect (fun part -> inType reader file (reader.GetTypeDefinition part)) |> HashSet

            let inside =
                handles
                |> Seq.filter (fun handle -> handle.Kind = HandleKind.TypeDefinition)
                |> Seq.map (TypeDefinitionHandle.op_Explicit >> owner reader)
                |> Seq.filter (fun other -> other <> top)
                |> Seq.map wholeOf

            let outside =
                handles
                |> Seq.filter (fun handle -> handle.Kind = HandleKind.TypeReference)
                |> Seq.map (TypeReferenceHandle.op_Explicit >> outerName reader)

            let space, name = nameOf top

            { Namespace = space; Name = name; Inside = set inside; Outside = set outside })

    // What the compiler writes for itself is in no file: <Module>, arrays of constants, embedded attributes.
    named
    |> Seq.filter (fun one ->
        not (one.Name.StartsWith '<')
        && not (one.Namespace.StartsWith '<')
        && one.Namespace <> "System.Runtime.CompilerServices"
        && one.Namespace <> "Microsoft.CodeAnalysis")
    |> List.ofSeq

/// The circles of a graph, each as the nodes that reach one another, without those of one node: Tarjan, 1972.
let circles (edges: Map<string, Set<string>>) : string list list =
    let index = Dictionary<string, int>()
    let low = Dictionary<string, int>()
    let stack = Stack<string>()
    let onStack = HashSet<string>()
    let found = ResizeArray<string list>()

    let rec visit (node: string) =
        index[node] <- index.Count
        low[node] <- index[node]
        stack.Push node
        onStack.Add node |> ignore

        for next in Map.tryFind node edges |> Option.defaultValue Set.empty do
            if not (index.ContainsKey next) then
                visit next
                low[node] <- min low[node] low[next]
            elif onStack.Contains next then
                low[node] <- min low[node] index[next]

        if low[node] = index[node] then
            let circle =
                [ while onStack.Contains node do
                      let one = stack.Pop()
                      onStack.Remove one |> ignore
                      one ]

            if circle.Length > 1 then
                found.Add(List.sort circle)

    for node in edges.Keys do
        if not (index.ContainsKey node) then
            visit node

    List.ofSeq found |> List.sortByDescending _.Length
