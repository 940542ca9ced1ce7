/// Marks in an assembly where it has been: one byte for every place that a branch leads to and every beginning of a method.
module Guided.Instrument

open System.IO
open System.Linq
open Mono.Cecil
open Mono.Cecil.Cil
open Mono.Cecil.Rocks

/// The type and the field, added to the assembly, that hold the marks.
let TypeName, FieldName = "GuidedMarks", "Hits"

let private addMarks (assembly: ModuleDefinition) (count: int) : FieldDefinition * MethodDefinition =
    let attributes = TypeAttributes.Public ||| TypeAttributes.Abstract ||| TypeAttributes.Sealed
    let holder = TypeDefinition("", TypeName, attributes, assembly.TypeSystem.Object)
    let bytes = ArrayType assembly.TypeSystem.Byte
    let field = FieldDefinition(FieldName, FieldAttributes.Public ||| FieldAttributes.Static, bytes)
    holder.Fields.Add field

    let initializer =
        MethodDefinition(
            ".cctor",
            MethodAttributes.Static
            ||| MethodAttributes.SpecialName
            ||| MethodAttributes.RTSpecialName
            ||| MethodAttributes.Private,
            assembly.TypeSystem.Void
        )

    let il = initializer.Body.GetILProcessor()
    il.Emit(OpCodes.Ldc_I4, count)
    il.Emit(OpCodes.Newarr, assembly.TypeSystem.Byte)
    il.Emit(OpCodes.Stsfld, field)
    il.Emit OpCodes.Ret
    holder.Methods.Add initializer
    assembly.Types.Add holder
    field, initializer

let private targets (body: MethodBody) : Instruction list =
    [ for one in body.Instructions do
          match one.Operand with
          | :? Instruction as target -> target
          | :? (Instruction[]) as several -> yield! several
          | _ -> ()
      if body.Instructions.Count > 0 then
          body.Instructions[0] ]
    |> List.distinct

/// Puts the mark in front of an instruction. The object stays where branches and handlers point to: it becomes the mark's first
/// instruction, and what it was follows behind.
let private mark (body: MethodBody) (field: FieldReference) (place: int) (target: Instruction) : unit =
    let il = body.GetILProcessor()
    let moved = il.Create OpCodes.Nop
    moved.OpCode <- target.OpCode
    moved.Operand <- target.Operand
    let behind = [ il.Create(OpCodes.Ldc_I4, place); il.Create OpCodes.Ldc_I4_1; il.Create OpCodes.Stelem_I1; moved ]
    target.OpCode <- OpCodes.Ldsfld
    target.Operand <- field

    (target, behind)
    ||> List.fold (fun (last: Instruction) next ->
        il.InsertAfter(last, next)
        next)
    |> ignore

/// Instruments the methods of the namespaces that begin with one of these, in the file itself.
let file (path: string) (isWanted: TypeDefinition -> bool) : int =
    let bytes = File.ReadAllBytes path
    use stream = new MemoryStream(bytes)
    use assembly = ModuleDefinition.ReadModule stream

    let methods =
        [ for one in assembly.GetAllTypes() do
              if isWanted one then
                  for each in one.Methods do
                      if each.HasBody && not each.IsConstructor then
                          each ]

    for one in methods do
        one.Body.SimplifyMacros()

    let places =
        [ for one in methods do
              for target in targets one.Body -> one, target ]

    let field, _ = addMarks assembly places.Length
    places |> List.iteri (fun place (one, target) -> mark one.Body field place target)

    for one in methods do
        one.Body.OptimizeMacros()

    assembly.Write path
    places.Length
